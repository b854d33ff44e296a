internal import JSONCoding

/// Finds calls in an answer's text as it comes, and holds back what may become one.
///
/// An answer that calls begins with its first call, and has nothing but calls, each on lines of its own;
/// whatever else is text, as it stands.
public struct FunctionCallReader: Sendable {
  public enum Piece: Hashable, Sendable {
    case text(String)
    case call(FunctionCall)
  }

  private let names: Set<String>
  private var held = ""
  private var hasCall = false
  /// Nothing but calls came so far; else all that comes is text.
  private var mayCall = true

  /// - Parameter names: of the functions that may be called.
  public init(names: Set<String>) {
    self.names = names
    mayCall = !names.isEmpty
  }

  public mutating func append(_ text: String) -> [Piece] {
    guard mayCall else { return text.isEmpty ? [] : [.text(text)] }
    held += text
    var pieces: [Piece] = []
    while mayCall {
      let start = held.utf8.drop { $0 == 0x0a }
      guard start.count >= ToolForm.callStart.utf8.count else {
        guard !ToolForm.callStart.utf8.starts(with: start) else { break }
        return pieces + giveUp()
      }
      guard start.starts(with: ToolForm.callStart.utf8) else { return pieces + giveUp() }
      let bytes = Array(start)
      guard let end = Self.place(of: Array(ToolForm.callEnd.utf8), in: bytes) else { break }
      let inside = bytes[ToolForm.callStart.utf8.count..<end]
      guard let call = call(in: Array(inside)) else { return pieces + giveUp() }
      pieces.append(.call(call))
      hasCall = true
      held = String(
        decoding: bytes[(end + ToolForm.callEnd.utf8.count)...], as: UTF8.self)
    }
    return pieces
  }

  /// What was held back, now that nothing follows.
  /// - Parameter isCut: whether the limit ended the answer: the beginning of a call is neither a call nor text.
  public mutating func finish(isCut: Bool) -> [Piece] {
    let start = held.utf8.drop { $0 == 0x0a }
    guard !start.isEmpty else { return [] }
    if isCut, hasCall || start.starts(with: ToolForm.callStart.utf8) {
      held = ""
      return []
    }
    return giveUp()
  }

  private mutating func giveUp() -> [Piece] {
    mayCall = false
    defer { held = "" }
    return held.isEmpty ? [] : [.text(held)]
  }

  private func call(in bytes: [UInt8]) -> FunctionCall? {
    guard let json = try? JSON(parsing: bytes, limits: JSONLimits(sizeInBytes: 1 << 16)),
      let name = json["name"]?.string, names.contains(name),
      let arguments = json["arguments"], arguments.object != nil
    else { return nil }
    return FunctionCall(name: name, arguments: arguments.text())
  }

  private static func place(of needle: [UInt8], in bytes: [UInt8]) -> Int? {
    bytes.indices.first { bytes[$0...].starts(with: needle) }
  }
}
