import Foundation
import Storage
import Testing

@Suite struct DocumentFolderTests {
  @Test func `documents are kept, replaced, listed in order and removed`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = try DocumentFolder(at: path)
    try folder.put([1, 2], as: "b")
    try folder.put([3], as: "a")
    try folder.put([4], as: "b")
    #expect(try folder.names() == ["a", "b"])
    #expect(try DocumentFolder(at: path).bytes(of: "b") == [4])
    #expect(try folder.bytes(of: "c") == nil)
    try folder.remove("b")
    try folder.remove("b")
    #expect(try folder.names() == ["a"])
  }
}
