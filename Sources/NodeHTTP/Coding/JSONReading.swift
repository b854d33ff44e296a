public import JSONCoding

/// What people may write where a value stands, beside the value's own JSON.
public protocol TypedForms: Sendable {
  /// The JSON of what a text says of a type; nil if it is nothing but itself.
  /// - Throws: an error whose description says why not.
  func json(of text: String, as type: any Any.Type) throws -> JSON?
  /// What is accepted, in a few words; nil where there is nothing beside the type's own form.
  func form(of type: any Any.Type) -> String?
}

/// One reading of a document: what else it accepts, and which fields were looked at.
final class JSONReading {
  private struct Visit {
    let members: [JSONObject.Member]
    let path: [any CodingKey]
    var known: [String] = []
  }

  /// nil: JSON alone.
  let typed: (any TypedForms)?
  private var visits: [Visit] = []

  /// How many objects were read so far.
  var visitCount: Int { visits.count }

  init(typed: (any TypedForms)?) { self.typed = typed }

  /// Notes that an object is read, and returns its number.
  func open(_ object: JSONObject, at path: [any CodingKey]) -> Int {
    visits.append(Visit(members: object.members, path: path))
    return visits.count - 1
  }

  /// Notes that an object's type has a field of this name.
  func look(for name: String, in visit: Int) {
    if !visits[visit].known.contains(name) { visits[visit].known.append(name) }
  }

  /// - Throws: ``JSONValueError`` about the first field that no type has.
  func checkAllWasRead() throws(JSONValueError) {
    for visit in visits {
      guard let stranger = visit.members.first(where: { !visit.known.contains($0.name) }) else {
        continue
      }
      let path = visit.path.joined
      throw JSONValueError(
        .fieldUnknown, path: path.isEmpty ? stranger.name : "\(path).\(stranger.name)",
        reason: visit.known.isEmpty
          ? "there are no fields here"
          : "there is no such field; there are \(visit.known.joined(separator: ", "))")
    }
  }
}
