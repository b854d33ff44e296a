internal import CanonicalCoding
public import JSONCoding
public import Ledger

extension Message {
  /// Reads a message from an object of one member: its name, as in `open_channel`, and its fields.
  ///
  /// - Throws: ``JSONValueError``.
  public init(json: JSON) throws {
    guard let object = json.object, object.members.count == 1, let only = object.members.first,
      MessageKind(codedText: only.name) != nil
    else {
      throw JSONValueError(
        path: "", reason: "a message is an object of one member, named after the message")
    }
    self = try json.decoded()
  }
}
