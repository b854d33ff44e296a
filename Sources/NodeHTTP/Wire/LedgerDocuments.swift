internal import ClientAPI
internal import JSONCoding
internal import Ledger
internal import Primitives

// What people read of the ledger; programs take the canonical bytes. Amounts are base units in
// decimal, as text; times are milliseconds since 1970-01-01 00:00 UTC.

extension LedgerStatus {
  var json: JSON {
    [
      "chain": [
        "id": .string(chain.id.description), "name": .string(chain.name),
        "symbol": .string(chain.symbol), "supply": .string(chain.supply.description),
      ],
      "header": header.json,
      "parameters": [
        "minimum_gas_price": .string(parameters.accounts.minimumGasPrice.description),
        "block_gas_maximum": .integer(parameters.accounts.blockGasMaximum),
        "platform_fee": .string(parameters.receipts.platformFee.description),
        "minimum_run_bond": .string(parameters.models.minimumRunBond.description),
        "challenge_window": parameters.receipts.challengeWindow.json,
        "closing_window": parameters.channels.closingWindow.json,
        "split_in_billionths": parameters.receipts.split.json,
      ],
    ]
  }
}

extension Window {
  fileprivate var json: JSON {
    ["milliseconds": .integer(milliseconds), "blocks": .integer(blocks)]
  }
}

extension FeeSplit {
  fileprivate var json: JSON {
    [
      "treasury": .integer(treasury.partsPerBillion),
      "validators": .integer(validators.partsPerBillion),
      "base_model": .integer(baseModel.partsPerBillion),
      "adapter_owner": .integer(adapterOwner.partsPerBillion),
      "server": .integer(server.partsPerBillion),
      "adapter_stakers": .integer(adapterStakers.partsPerBillion),
      "contributors": .integer(contributors.partsPerBillion),
    ]
  }
}

extension BlockHeader {
  fileprivate var json: JSON {
    [
      "height": .integer(height.number), "time": .integer(time.milliseconds),
      "digest": .string(digest.description), "previous": .string(previous.description),
      "transactions_root": .string(transactionsRoot.description),
      "results_root": .string(resultsRoot.description),
      "state_root": .string(stateRoot.description), "report": .string(report.description),
    ]
  }
}

extension Block {
  var json: JSON {
    [
      "header": header.json,
      "transactions": .array(
        transactions.map {
          [
            "id": .string($0.id.description), "signer": .string($0.content.signer.description),
            "sequence": $0.content.sequence.map { .integer($0) } ?? .null,
            "fee": .string($0.content.fee.description),
            "message": .string("\($0.content.message.kind)"),
          ]
        }),
    ]
  }
}

extension TransactionOutcome {
  var json: JSON {
    [
      "id": .string(id.description), "height": .integer(height.number), "index": .integer(index),
      "code": .integer(result.code),
      "name": .string(rejection?.name ?? "success"),
      "events": .array(
        result.events.map {
          [
            "kind": .string("\($0.kind)"), "subject": .string($0.subject.description),
            "amount": .string($0.amount.description),
          ]
        }),
    ]
  }
}
