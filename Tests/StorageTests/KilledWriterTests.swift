import Foundation
import Primitives
import Testing

@testable import Storage

@Suite(.timeLimit(.minutes(10))) struct KilledWriterTests {
  @Test(arguments: UInt64(1)...6)
  func `a killed writer loses nothing acknowledged and leaves no half batch`(seed: UInt64)
    async throws
  {
    let folder = try TemporaryFolder()
    let (storePath, countPath) = (folder.path + "/store", folder.path + "/acknowledged")
    try Data().write(to: URL(fileURLWithPath: countPath))

    await #expect(processExitsWith: .signal(SIGKILL)) {
      [storePath = storePath as String, countPath = countPath as String, seed = seed as UInt64] in
      let store = try KeyValueStore(at: storePath, reserveInBytes: 0)
      let acknowledged = try #require(FileHandle(forWritingAtPath: countPath))
      var generator = SeededGenerator(seed: seed)
      let patience = 0.005 + Double(generator.next(below: 60)) / 1000
      Thread.detachNewThread {
        Thread.sleep(forTimeInterval: patience)
        kill(getpid(), SIGKILL)
      }
      var number: UInt32 = 0
      while true {
        var batch = WriteBatch()
        let key = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        for keyspace in Keyspace.allCases {
          batch.put([UInt8](repeating: 7, count: 5000), for: key, in: keyspace)
        }
        try store.write(batch)
        try acknowledged.write(contentsOf: [1])  // one byte for each acknowledged batch
        number += 1
      }
    }

    let acknowledged = try Data(contentsOf: URL(fileURLWithPath: countPath)).count
    let store = try KeyValueStore(at: storePath, reserveInBytes: 0)
    let keys = try store.entries(in: .state).map(\.key)
    // The last batch may have reached the disk just before its writer could say so.
    #expect(acknowledged <= keys.count && keys.count <= acknowledged + 1)
    for keyspace in Keyspace.allCases {
      #expect(try store.entries(in: keyspace).map(\.key) == keys)
    }
  }
}
