internal import CanonicalCoding
public import JSONCoding
public import Ledger

extension Message {
  /// Reads a message from an object of one member: its name, as in `open_channel`, and its fields.
  ///
  /// What is longer than its field lets it be is refused, as every node would.
  /// - Parameter typed: What people may write beside JSON.
  /// - Throws: ``JSONValueError``.
  public init(json: JSON, typed: (any TypedForms)? = nil) throws(JSONValueError) {
    guard let object = json.object, object.members.count == 1, let only = object.members.first,
      MessageKind(codedText: only.name) != nil
    else {
      throw JSONValueError(
        .messageUnknown, path: "", reason: "a message is an object of one member, named after it")
    }
    self = try json.decoded(typed: typed)
    guard let excess else { return }
    throw JSONValueError(
      .valueTooLong, path: placeOfExcess(excess),
      reason:
        "it is \(excess.count) long; at most \(excess.maximum) are accepted (of a text, bytes)")
  }

  /// How long a text or list is that is longer than its field lets it be.
  private struct Excess: Equatable {
    let count: Int
    let maximum: Int
  }

  /// The first that a node would meet; nil if there is none.
  private var excess: Excess? {
    do throws(CanonicalDecodingError) {
      _ = try Message(canonicalBytes: canonicalBytes)
    } catch .aboveMaximum(let count, let maximum) {
      return Excess(count: count, maximum: maximum)
    } catch {}
    return nil
  }

  /// The first text or list of that length that, once cut, is no excess any more.
  private func placeOfExcess(_ excess: Excess) -> String {
    guard let json = try? JSON(encoding: self) else { return "" }
    let paths = json.paths(ofLength: excess.count).prefix(16)
    let guilty = paths.first { path in
      let cut = json.replacing(at: path[...]) { $0.cut(to: excess.maximum) }
      return (try? cut.decoded(as: Message.self))?.excess != excess
    }
    return (guilty ?? paths.first ?? []).joined(separator: ".")
  }
}

extension JSON {
  /// Where texts, bytes and lists of a length stand: in bytes of UTF-8, bytes, and elements.
  fileprivate func paths(ofLength length: Int) -> [[String]] {
    switch self {
    case .string(let text):
      return text.utf8.count == length || text.utf8.count == 2 * length ? [[]] : []
    case .array(let elements):
      let inner = elements.enumerated().flatMap { place, element in
        element.paths(ofLength: length).map { ["\(place)"] + $0 }
      }
      return (elements.count == length ? [[]] : []) + inner
    case .object(let object):
      return object.members.flatMap { member in
        member.value.paths(ofLength: length).map { [member.name] + $0 }
      }
    default: return []
    }
  }

  fileprivate func replacing(at path: ArraySlice<String>, _ change: (JSON) -> JSON) -> JSON {
    guard let first = path.first else { return change(self) }
    switch self {
    case .array(var elements):
      if let place = Int(first), elements.indices.contains(place) {
        elements[place] = elements[place].replacing(at: path.dropFirst(), change)
      }
      return .array(elements)
    case .object(var object):
      object[first] = object[first]?.replacing(at: path.dropFirst(), change)
      return .object(object)
    default: return self
    }
  }

  fileprivate func cut(to length: Int) -> JSON {
    switch self {
    // A character of several bytes may be left out whole.
    case .string(let text):
      .string(String(text.unicodeScalars.prefix(length / 4).map(Character.init)))
    case .array(let elements): .array(Array(elements.prefix(length)))
    default: self
    }
  }
}
