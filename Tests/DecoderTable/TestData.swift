internal import CanonicalCoding
internal import Foundation
internal import JSONCoding
internal import Primitives

/// Files that other tests keep, as samples.
enum TestData {
  private static let tests = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The bytes that a member of each object in a file of JSON says in hexadecimal.
  static func hex(_ path: String, member: String) -> [[UInt8]] {
    guard let json = json(path) else { return [] }
    return (json.array ?? [json]).compactMap { $0[member]?.string.flatMap { [UInt8](hex: $0) } }
  }

  static func text(_ path: String) -> [UInt8] {
    (try? Data(contentsOf: tests.appending(path: path))).map { [UInt8]($0) } ?? []
  }

  private static func json(_ path: String) -> JSON? { try? JSON(parsing: text(path)) }
}
