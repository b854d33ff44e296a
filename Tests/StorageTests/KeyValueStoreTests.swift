import Foundation
import Primitives
import Testing

@testable import Storage

@Suite struct KeyValueStoreTests {
  let folder: TemporaryFolder
  let store: KeyValueStore

  init() throws {
    folder = try TemporaryFolder()
    store = try KeyValueStore(at: folder.path + "/new/store")
  }

  func write(_ entries: [(String, String)], in keyspace: Keyspace = .state) throws {
    var batch = WriteBatch()
    for (key, value) in entries { batch.put(Array(value.utf8), for: Array(key.utf8), in: keyspace) }
    try store.write(batch)
  }

  @Test func `a value is read back from its own keyspace and from no other`() throws {
    try write([("key", "value"), ("", "empty key"), ("empty value", "")])
    #expect(try store.value(for: Array("key".utf8), in: .state) == Array("value".utf8))
    #expect(try store.value(for: [], in: .state) == Array("empty key".utf8))
    #expect(try store.value(for: Array("empty value".utf8), in: .state) == [])
    #expect(try store.value(for: Array("key".utf8), in: .meta) == nil)
    #expect(try store.value(for: Array("kez".utf8), in: .state) == nil)
  }

  @Test func `later changes of a batch win over earlier ones`() throws {
    var batch = WriteBatch()
    batch.put([1], for: [7], in: .state)
    batch.remove([7], in: .state)
    batch.put([1], for: [8], in: .state)
    batch.put([2], for: [8], in: .state)
    batch.remove([9], in: .state)
    try store.write(batch)
    #expect(try store.entries(in: .state) == [KeyValueEntry(key: [8], value: [2])])
  }

  @Test func `a scan gives the prefix's keys in byte order, from a start, up to a limit`() throws {
    try write(["b", "a/1", "a/10", "a/2", "a", "\u{7f}", "a0"].map { ($0, "") })
    func keys(_ prefix: String, from start: String? = nil, limit: Int = .max) throws -> [String] {
      try store.entries(
        in: .state, prefix: Array(prefix.utf8), from: start.map { Array($0.utf8) }, limit: limit
      ).map { String(decoding: $0.key, as: UTF8.self) }
    }
    #expect(try keys("") == ["a", "a/1", "a/10", "a/2", "a0", "b", "\u{7f}"])
    #expect(try keys("a/") == ["a/1", "a/10", "a/2"])
    #expect(try keys("a/", from: "a/10") == ["a/10", "a/2"])
    #expect(try keys("a/", from: "a/11") == ["a/2"])
    #expect(try keys("a/", from: "A") == ["a/1", "a/10", "a/2"])
    #expect(try keys("a/", from: "b") == [])
    #expect(try keys("", limit: 2) == ["a", "a/1"])
    #expect(try keys("", limit: 0) == [])
    #expect(try keys("c") == [])
  }

  @Test func `keys of all ones are found by their prefix`() throws {
    var batch = WriteBatch()
    for key: [UInt8] in [[255], [255, 255], [254, 255]] { batch.put([], for: key, in: .blocks) }
    try store.write(batch)
    #expect(try store.entries(in: .blocks, prefix: [255]).map(\.key) == [[255], [255, 255]])
  }

  @Test func `a snapshot keeps its moment while the store moves on`() throws {
    try write([("a", "old"), ("b", "old")])
    let before = try store.snapshot()
    try write([("a", "new"), ("c", "new")])
    #expect(try before.value(for: Array("a".utf8), in: .state) == Array("old".utf8))
    #expect(try before.entries(in: .state).map(\.value) == [Array("old".utf8), Array("old".utf8)])
    #expect(try store.entries(in: .state).count == 3)
  }

  @Test func `what was written is there after closing and opening again`() throws {
    try write([("a", "1")], in: .transactions)
    store.close()
    #expect(throws: StorageFailure.self) { try store.value(for: [], in: .state) }
    let again = try KeyValueStore(at: folder.path + "/new/store")
    #expect(try again.entries(in: .transactions).map(\.key) == [Array("a".utf8)])
  }

  @Test func `closing waits for the last snapshot before it lets the lock go`() throws {
    try write([("a", "1")])
    var snapshot: KeyValueSnapshot? = try store.snapshot()
    store.close()
    #expect(try snapshot?.value(for: Array("a".utf8), in: .state) == Array("1".utf8))
    #expect { try KeyValueStore(at: folder.path + "/new/store") } throws: {
      ($0 as? StorageFailure)?.code == .locked
    }
    snapshot = nil
    _ = try KeyValueStore(at: folder.path + "/new/store")
  }

  @Test(arguments: UInt64(0)..<8)
  func `any history of batches and reopenings reads like a sorted map`(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    var store = try KeyValueStore(at: folder.path)
    var generator = SeededGenerator(seed: seed)
    var model: [[UInt8]: [UInt8]] = [:]
    for _ in 0..<20 {
      var batch = WriteBatch()
      for _ in 0..<generator.next(below: 30) {
        let key = (0..<generator.next(below: 3)).map { _ in UInt8(generator.next(below: 6) * 51) }
        if generator.next(below: 4) == 0 {
          batch.remove(key, in: .state)
          model[key] = nil
        } else {
          let value = [UInt8](repeating: 1, count: Int(generator.next(below: 300)))
          batch.put(value, for: key, in: .state)
          model[key] = value
        }
      }
      try store.write(batch)
      if generator.next(below: 5) == 0 {
        store.close()
        store = try KeyValueStore(at: folder.path)
      }
      let prefix = [UInt8](repeating: 51, count: Int(generator.next(below: 2)))
      let expected = model.filter { $0.key.starts(with: prefix) }
        .sorted { $0.key.lexicographicallyPrecedes($1.key) }
      let actual = try store.entries(in: .state, prefix: prefix)
      #expect(
        actual.map(\.key) == expected.map(\.key) && actual.map(\.value) == expected.map(\.value))
    }
  }
}

@Suite struct KeyValueStoreFailureTests {
  func code(_ body: () throws -> Void) -> StorageFailure.Code? {
    do { try body() } catch let failure as StorageFailure { return failure.code } catch {}
    return nil
  }

  @Test func `a store in use is reported as locked`() throws {
    let folder = try TemporaryFolder()
    let store = try KeyValueStore(at: folder.path)
    #expect(code { _ = try KeyValueStore(at: folder.path) } == .locked)
    #expect(try store.value(for: [1], in: .state) == nil)
  }

  @Test func `damage among acknowledged writes is reported, not rolled back`() throws {
    let folder = try TemporaryFolder()
    do {
      let store = try KeyValueStore(at: folder.path)
      for number in UInt8(0)..<50 {
        var batch = WriteBatch()
        batch.put([UInt8](repeating: number, count: 1000), for: [number], in: .state)
        try store.write(batch)
      }
    }
    let logs = try folder.files().filter { $0.hasSuffix(".log") }
    let log = try #require(logs.max())
    let handle = try #require(FileHandle(forUpdatingAtPath: folder.path + "/" + log))
    try handle.seek(toOffset: 20_000)
    try handle.write(contentsOf: [UInt8](repeating: 0x55, count: 16))
    try handle.close()
    #expect(code { _ = try KeyValueStore(at: folder.path) } == .corrupt)
  }

  @Test func `a file where the folder should be is reported`() throws {
    let folder = try TemporaryFolder()
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder.path + "/file"))
    #expect(code { _ = try KeyValueStore(at: folder.path + "/file/store") } == .inputOutput)
  }
}

@Suite(.enabled(if: SmallDisk.isPossible, "needs the right to mount a small disk"))
struct FullDiskTests {
  /// Writes numbered pairs, one in each of two keyspaces, until the store refuses one.
  static func fill(
    _ store: KeyValueStore, from first: UInt8 = 0
  ) -> (next: UInt8, refusal: StorageFailure.Code?) {
    for number in first..<200 {
      var generator = SeededGenerator(seed: UInt64(number))
      let noise = (0..<100_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      var batch = WriteBatch()
      batch.put(noise, for: [number, 0], in: .blocks)
      batch.put([number], for: [number, 1], in: .state)
      do { try store.write(batch) } catch { return (number, error.code) }
    }
    return (200, nil)
  }

  static func holdsExactly(_ count: UInt8, in store: KeyValueStore) throws -> Bool {
    try store.entries(in: .state).map(\.key) == (0..<count).map { [$0, 1] }
      && store.entries(in: .blocks).map(\.key) == (0..<count).map { [$0, 0] }
  }

  @Test func `a store short of space refuses the write, and goes on when there is space`() throws {
    let disk = try SmallDisk(megabytes: 8)
    let store = try KeyValueStore(at: disk.path + "/store", reserveInBytes: 2 << 20)
    let (count, refusal) = FullDiskTests.fill(store)
    #expect(refusal == .diskFull && count > 0)
    #expect(try FullDiskTests.holdsExactly(count, in: store))

    try disk.resize(megabytes: 12)
    let (more, _) = FullDiskTests.fill(store, from: count)
    #expect(more > count)
    #expect(try FullDiskTests.holdsExactly(more, in: store))
  }

  @Test func `a disk that fills up in the middle of a write loses nothing acknowledged`()
    async throws
  {
    let disk = try SmallDisk(megabytes: 8)
    let folder = try TemporaryFolder()
    let path = disk.path + "/store"
    // The first process may hold the lock until it ends, so it is one of its own.
    let countPath = folder.path + "/count"
    try Data().write(to: URL(fileURLWithPath: countPath))
    await #expect(processExitsWith: .success) {
      [path = path as String, countPath = countPath as String] in
      let store = try KeyValueStore(at: path, reserveInBytes: 0)
      let (count, refusal) = FullDiskTests.fill(store)
      #expect(refusal == .diskFull && FullDiskTests.fill(store, from: count).next == count)
      #expect(try FullDiskTests.holdsExactly(count, in: store))
      try FileHandle(forWritingAtPath: countPath)?.write(contentsOf: [count])
    }
    try disk.resize(megabytes: 64)
    let store = try KeyValueStore(at: path, reserveInBytes: 0)
    let count = try #require(try Data(contentsOf: URL(fileURLWithPath: countPath)).first)
    #expect(count > 0)
    #expect(try FullDiskTests.holdsExactly(count, in: store))
    #expect(FullDiskTests.fill(store, from: count).next == 200)
  }
}
