internal import CanonicalCoding
package import JSONCoding
internal import Ledger
internal import Primitives

/// Some entries of state, and the key after which the next page begins.
package struct StatePage: Equatable {
  static let entryMaximum = 1000
  /// A page ends with the entry that reaches it.
  static let bytesAimed = 2 << 20

  let entries: [StateEntry]
  /// nil: there is no more.
  let next: [UInt8]?

  init(entries: [StateEntry], next: [UInt8]?) {
    self.entries = entries
    self.next = next
  }

  /// Cuts what was found at the page's size.
  /// - Parameters:
  ///   - found: one entry more than the page may have, if there are so many.
  ///   - limit: how many entries the page may have.
  init(_ found: [StateEntry], limit: Int) {
    var size = 0
    let kept = found.prefix(limit).prefix { entry in
      defer { size += entry.key.count + entry.value.count }
      return size < StatePage.bytesAimed
    }
    entries = Array(kept)
    next = kept.count < found.count ? kept.last?.key : nil
  }
}

extension StatePage {
  package var json: JSON {
    [
      "entries": .array(
        entries.map { ["key": .string($0.key.hex), "value": .string($0.value.hex)] }),
      "next": nextJSON,
    ]
  }

  /// Reads the document; nil if it is none.
  package init?(json: JSON) {
    guard let list = json["entries"]?.array, let next = json["next"] else { return nil }
    var entries: [StateEntry] = []
    for element in list {
      guard let key = element["key"]?.string.flatMap({ [UInt8](hex: $0) }),
        let value = element["value"]?.string.flatMap({ [UInt8](hex: $0) })
      else { return nil }
      entries.append(StateEntry(key: key, value: value))
    }
    self.entries = entries
    self.next = next.string.flatMap { [UInt8](hex: $0) }
  }

  /// The page of purses and accounts as balances that are not zero; nil if an entry is neither.
  var balances: JSON? {
    var list: [JSON] = []
    for entry in entries {
      guard let (holder, amount) = entry.balance else { return nil }
      guard amount > .zero else { continue }
      list.append(["holder": holder.json, "amount": .string(amount.description)])
    }
    return ["balances": .array(list), "next": nextJSON]
  }

  /// The page as its table's records; nil if an entry is none.
  var records: JSON? {
    let records = entries.compactMap(\.recordJSON)
    guard records.count == entries.count else { return nil }
    return ["records": .array(records), "next": nextJSON]
  }

  private var nextJSON: JSON { next.map { .string($0.hex) } ?? .null }
}

extension StateEntry {
  fileprivate var balance: (holder: Holder, amount: Amount)? {
    switch StateRecord(self).map({ ($0.name, $0.record) }) {
    case (let purse as Holder, let amount as Amount)?: (purse, amount)
    case (let id as Identifier<Account>, let account as AccountRecord)?:
      (.account(id), account.balance)
    default: nil
    }
  }

  /// Key, name and record as people read them; nil if they are not what the rules write.
  var recordJSON: JSON? {
    guard let read = StateRecord(self), let name = try? JSON(encoding: read.name),
      let record = try? JSON(encoding: read.record)
    else { return nil }
    return ["key": .string(key.hex), "name": name, "record": record]
  }
}

extension Holder {
  /// The words of its description, joined, and the identifier that ends it, if there is one.
  var json: JSON {
    let words = description.split(separator: " ")
    let names = words.filter { Digest(hex: $0) == nil }
    let kind = JSON.string(names.joined(separator: "_"))
    guard let id = words.first(where: { Digest(hex: $0) != nil }) else { return ["kind": kind] }
    return ["kind": kind, "id": .string(String(id))]
  }
}
