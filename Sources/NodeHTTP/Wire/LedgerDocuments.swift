internal import CanonicalCoding
public import ClientAPI
public import JSONCoding
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
      "parameters": (try? JSON(encoding: parameters)) ?? .null,
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

extension StateProof {
  var json: JSON {
    [
      "header": header.json, "key": .string(key.hex),
      "value": value.map { .string($0.hex) } ?? .null, "proof": .string(proof.hex),
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
            "message": .string($0.content.message.kind.codedText),
          ]
        }),
    ]
  }
}

extension TransactionOutcome {
  /// For people and scripts; programs take the canonical bytes.
  public var json: JSON {
    [
      "id": .string(id.description), "height": .integer(height.number), "index": .integer(index),
      "code": .integer(result.code),
      "name": .string(rejection?.name ?? "success"),
      "events": .array(
        result.events.map {
          [
            "kind": .string($0.kind.codedText), "subject": .string($0.subject.description),
            "amount": .string($0.amount.description),
          ]
        }),
    ]
  }
}
