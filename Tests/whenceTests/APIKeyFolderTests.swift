import ClientAPI
import Cryptography
import Foundation
import JSONCoding
import Ledger
import NodeHTTP
import Primitives
import Storage
import Testing

@testable import whence

@Suite struct APIKeyFolderTests {
  let folder: TemporaryFolder
  let data: DataFolder

  init() throws {
    folder = try TemporaryFolder()
    data = try DataFolder(at: folder.path)
  }

  func key(_ name: String, priority: Int = -3) -> APIKey {
    APIKey(
      name: name, digest: APIKey.digest(of: "secret"), channel: Identifier(Entropy.digest()),
      answerLimit: .tokens(1), dayLimit: .tokens(10), priority: priority)
  }

  @Test func `keys come and go, and another process finds those that stayed`() throws {
    let keys = try APIKeyFolder(of: data)
    let (one, other) = (key("one"), key("other.2"))
    try keys.add(one)
    try keys.add(other)
    #expect(try APIKeyFolder(of: data).entries() == [one, other])
    try keys.remove("one")
    #expect(try APIKeyFolder(of: data).entries() == [other])
  }

  @Test func `the key itself is on no disk`() throws {
    try APIKeyFolder(of: data).add(key("one"))
    let text = try String(contentsOfFile: "\(folder.path)/api-keys/one", encoding: .utf8)
    #expect(!text.contains("secret") && text.contains(APIKey.digest(of: "secret").description))
  }

  @Test(arguments: [
    "", ".", "..", "../x", "a/b", "-a", ".a", "a b", "ä", String(repeating: "a", count: 65),
  ])
  func `a name that could be another file's is refused`(name: String) throws {
    let keys = try APIKeyFolder(of: data)
    let failure = #expect(throws: CommandFailure.self) { try keys.add(key(name)) }
    #expect(failure?.code == .keyNameInvalid)
    #expect(throws: CommandFailure.self) { try keys.remove(name) }
  }

  @Test func `a name is given once`() throws {
    let keys = try APIKeyFolder(of: data)
    try keys.add(key("one"))
    let failure = #expect(throws: CommandFailure.self) { try keys.add(key("one", priority: 1)) }
    #expect(failure?.code == .keyExists)
    #expect(try keys.entries().map(\.priority) == [-3])
  }

  @Test func `what is no key stops the reading, by its name`() throws {
    let keys = try APIKeyFolder(of: data)
    try Data("{}".utf8).write(to: URL(filePath: "\(folder.path)/api-keys/broken"))
    let failure = #expect(throws: StorageFailure.self) { try keys.entries() }
    #expect(failure?.message.contains("broken") == true)
  }

  @Test func `what a day's answers cost is of that day alone`() throws {
    try APIKeyFolder(of: data).store(.tokens(3), by: "one", on: 20_000)
    let keys = try APIKeyFolder(of: data)
    #expect(try keys.spent(by: "one", on: 20_000) == .tokens(3))
    #expect(try keys.spent(by: "one", on: 20_001) == nil)
    #expect(try keys.spent(by: "other", on: 20_000) == nil)
  }

  @Test func `only a channel that the ledger counts as the server's own side is signed for`() throws
  {
    let server = try data.keys.make("server")
    let stranger = try data.keys.make("stranger")
    func channel(signedBy key: PublicKey) -> ChannelRecord {
      ChannelRecord(
        payer: stranger.account, server: server.account, signingKey: key, lastNumber: 0,
        status: .open)
    }
    let delegated = channel(signedBy: server.key.publicKey)
    try DelegatedChannels.check(delegated, isSignedBy: server)
    // All that anybody earns on it.
    #expect(delegated.isOwnSide(Identifier(Entropy.digest())))
    let failure = #expect(throws: InferenceFailure.self) {
      try DelegatedChannels.check(channel(signedBy: stranger.key.publicKey), isSignedBy: server)
    }
    #expect(failure?.code == .channelNotOpen)
    // A key that was rotated in: the ledger would not know it as the server's.
    let rotated = KeyRing.Entry(name: "server", key: stranger.key, account: server.account)
    #expect(throws: InferenceFailure.self) {
      try DelegatedChannels.check(channel(signedBy: stranger.key.publicKey), isSignedBy: rotated)
    }
  }
}
