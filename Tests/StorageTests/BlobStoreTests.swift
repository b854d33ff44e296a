import Cryptography
import Foundation
import Primitives
import Testing

@testable import Storage

@Suite struct BlobStoreTests {
  let folder: TemporaryFolder
  let blobs: BlobStore

  init() throws {
    folder = try TemporaryFolder()
    blobs = try BlobStore(at: folder.path + "/new/blobs", largestInBytes: 100_000)
  }

  @Test(arguments: [0, 1, 4096, 100_000])
  func `bytes come back under their own digest`(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let digest = try blobs.put(bytes)
    #expect(digest == SHA256.digest(of: bytes))
    #expect(blobs.contains(digest))
    #expect(try blobs.bytes(of: digest) == bytes)
    #expect(try blobs.put(bytes) == digest)
  }

  @Test func `what is not here is nil, and removing it is nothing`() throws {
    #expect(try blobs.bytes(of: .zero) == nil)
    try blobs.remove(.zero)
    let digest = try blobs.put([1])
    try blobs.remove(digest)
    #expect(!blobs.contains(digest))
  }

  @Test func `a file whose bytes changed is reported as corrupt`() throws {
    let digest = try blobs.put([1, 2, 3])
    try Data([1, 2, 4]).write(to: URL(fileURLWithPath: blobs.file(of: digest)))
    let failure = #expect(throws: StorageFailure.self) { try blobs.bytes(of: digest) }
    #expect(failure?.code == .corrupt)
  }

  @Test func `a blob above the bound is refused on both ways`() throws {
    let failure = #expect(throws: StorageFailure.self) {
      try blobs.put([UInt8](repeating: 0, count: 100_001))
    }
    #expect(failure?.code == .tooLarge)
    let digest = try blobs.put([UInt8](repeating: 0, count: 50))
    let strict = try BlobStore(at: blobs.path, largestInBytes: 49)
    let second = #expect(throws: StorageFailure.self) { try strict.bytes(of: digest) }
    #expect(second?.code == .tooLarge)
  }

  @Test func `many writers of one blob leave one file`() async throws {
    let blobs = blobs
    try await withThrowingTaskGroup { group in
      for _ in 0..<20 { group.addTask { try blobs.put([UInt8](repeating: 7, count: 90_000)) } }
      try await group.waitForAll()
    }
    #expect(try folder.files().filter { $0.split(separator: "/").last?.count ?? 0 > 10 }.count == 1)
  }

  @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a small disk"))
  func `a full disk leaves no trace of the blob`() throws {
    let disk = try SmallDisk(megabytes: 1)
    let blobs = try BlobStore(at: disk.path)
    let failure = #expect(throws: StorageFailure.self) {
      try blobs.put([UInt8](repeating: 1, count: 2 << 20))
    }
    #expect(failure?.code == .diskFull)
    #expect(try disk.folder.files().allSatisfy { $0.count == 2 })
    #expect(try blobs.bytes(of: blobs.put([1, 2])) == [1, 2])
  }
}
