internal import CanonicalCoding
public import ClientAPI
internal import Cryptography
public import JSONCoding
public import Ledger
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
  /// For people and scripts; programs take the canonical bytes.
  public var json: JSON {
    [
      "header": header.json, "report": (try? JSON(encoding: report)) ?? .null,
      "transactions": .array(transactions.map(\.json)),
    ]
  }
}

extension Transaction {
  /// All that was signed; the message as ``Message/init(json:typed:)`` takes it.
  public var json: JSON {
    [
      "id": .string(id.description), "signer": .string(content.signer.description),
      "public_key": .string(content.publicKey.description),
      "ordering": (try? JSON(encoding: content.ordering)) ?? .null,
      "fee": .string(content.fee.description), "expiry": .integer(content.expiry.number),
      "message": (try? JSON(encoding: content.message)) ?? .null,
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

  /// The outcome beside what was signed; nil where the block's transactions are not kept.
  public func json(of transaction: Transaction?) -> JSON {
    var object = json.object ?? JSONObject()
    object["transaction"] = transaction?.json ?? .null
    return .object(object)
  }

  /// The transaction itself, out of its block.
  public func transaction(in block: Block?) -> Transaction? {
    guard let block, block.transactions.indices.contains(Int(index)) else { return nil }
    let transaction = block.transactions[Int(index)]
    return transaction.id == id ? transaction : nil
  }
}
