import CFaultyFiles
import Foundation
import Primitives
import Testing

@testable import Storage

/// Loses power at one durable step after another, and looks at what is left.
@Suite(.serialized, .timeLimit(.minutes(10))) struct PowerLossTests {
  /// Runs `body` in a process whose files under `folder` lose power at a step.
  ///
  /// `body` notes each thing it was told is safe by one byte in the file `notes`.
  private func notes(in folder: TemporaryFolder) throws -> Int {
    try Data(contentsOf: URL(filePath: folder.path + "/notes")).count
  }

  @Test(arguments: 1...10)
  func `documents that were put are there, whole, and in their last form`(step: Int) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, step] in
      let notes = try Notes(at: path + "/notes")
      let folder = try DocumentFolder(at: path + "/data")
      unsafe faulty_files_plan(
        path + "/data", UInt64(step + 2), step.isMultiple(of: 2), UInt64(step))
      for number in 0... {
        try folder.put([UInt8](repeating: UInt8(number), count: 5000), as: "\(number % 3)")
        try notes.add()
      }
    }
    let safe = try notes(in: folder)
    let documents = try DocumentFolder(at: path + "/data")
    for name in 0..<3 {
      let bytes = try documents.bytes(of: "\(name)")
      let last = (0..<safe).last { $0 % 3 == name }
      guard let bytes else {
        #expect(last == nil, "step \(step)")
        continue
      }
      // The last one that was safe, or the very next one, which nobody had heard of yet.
      let number = try #require(bytes.first).magnitude
      #expect(bytes == [UInt8](repeating: number, count: 5000), "step \(step)")
      #expect(Int(number) == last || Int(number) == safe, "step \(step)")
    }
  }

  @Test(arguments: 1...8)
  func `blobs that were put are there, and none is half there`(step: Int) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    func blob(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number), count: 70_000) }
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, step] in
      let notes = try Notes(at: path + "/notes")
      let blobs = try BlobStore(at: path + "/data")
      unsafe faulty_files_plan(
        path + "/data", UInt64(step * 2), step.isMultiple(of: 2), UInt64(step))
      for number in 0... {
        try blobs.put([UInt8](repeating: UInt8(number), count: 70_000))
        try notes.add()
      }
    }
    let blobs = try BlobStore(at: path + "/data")
    let safe = try notes(in: folder)
    for number in 0..<safe + 2 {
      // Putting it again names the same digest and repairs nothing: what is there is whole.
      let digest = try BlobStore(at: folder.path + "/other").put(blob(number))
      let found = try blobs.bytes(of: digest)
      #expect(found == blob(number) || (found == nil && number >= safe), "step \(step)")
    }
  }

  @Test(arguments: 1...24)
  func `batches that were written are there, whole, and in their order`(step: Int) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, step] in
      let notes = try Notes(at: path + "/notes")
      unsafe faulty_files_plan(path + "/data", UInt64(step), step % 3 == 0, UInt64(step))
      let store = try KeyValueStore(at: path + "/data", reserveInBytes: 0)
      for number in UInt8(0)... {
        var batch = WriteBatch()
        for keyspace in Keyspace.allCases {
          batch.put([UInt8](repeating: number, count: 3000), for: [number], in: keyspace)
        }
        try store.write(batch)
        try notes.add()
      }
    }
    let safe = try notes(in: folder)
    let store = try KeyValueStore(at: path + "/data", reserveInBytes: 0)
    for keyspace in Keyspace.allCases {
      let keys = try store.entries(in: keyspace).map { Int($0.key[0]) }
      #expect(keys == Array(0..<safe) || keys == Array(0...safe), "step \(step)")
      #expect(try store.entries(in: keyspace).map(\.key) == store.entries(in: .state).map(\.key))
    }
  }
}

/// Whether the harness itself would notice.
@Suite(.serialized, .timeLimit(.minutes(10))) struct CarelessWriterTests {
  /// Writes documents by hand, leaving out what is asked, and counts those that were called safe
  /// and are gone or cut short after a loss of power.
  private func lost(seed: Int, syncsFiles: Bool, syncsFolder: Bool) async throws -> Int {
    let folder = try TemporaryFolder()
    let path = folder.path
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, seed, syncsFiles, syncsFolder] in
      let notes = try Notes(at: path + "/notes")
      let data = path + "/data"
      try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
      unsafe faulty_files_plan(data, UInt64(seed + 8), seed % 2 == 0, UInt64(seed))
      for number in 0... {
        let file = unsafe open(data + "/draft", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        var rest = [UInt8](repeating: 7, count: 5000)[...]
        while !rest.isEmpty {
          let count = unsafe rest.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
          rest = rest.dropFirst(count)
        }
        if syncsFiles { fsync(file) }
        close(file)
        unsafe rename(data + "/draft", data + "/\(number)")
        if syncsFolder {
          let names = unsafe open(data, O_RDONLY | O_DIRECTORY)
          fsync(names)
          close(names)
        }
        try notes.add()
      }
    }
    let safe = try Data(contentsOf: URL(filePath: path + "/notes")).count
    return (0..<safe).count { number in
      let data = try? Data(contentsOf: URL(filePath: path + "/data/\(number)"))
      return data != Data(repeating: 7, count: 5000)
    }
  }

  private func lost(syncsFiles: Bool, syncsFolder: Bool) async throws -> Int {
    var sum = 0
    for seed in 1...4 {
      sum += try await lost(seed: seed, syncsFiles: syncsFiles, syncsFolder: syncsFolder)
    }
    return sum
  }

  @Test func `a writer that leaves out a sync loses what it called safe, a careful one nothing`()
    async throws
  {
    #expect(try await lost(syncsFiles: true, syncsFolder: true) == 0)
    #expect(try await lost(syncsFiles: false, syncsFolder: true) > 0)
    #expect(try await lost(syncsFiles: true, syncsFolder: false) > 0)
  }
}

/// A file of one byte for each thing that is safe, outside of what loses power.
private struct Notes {
  private let file: FileHandle

  init(at path: String) throws {
    try Data().write(to: URL(filePath: path))
    file = try FileHandle(forWritingTo: URL(filePath: path))
  }

  func add() throws { try file.write(contentsOf: [1]) }
}
