import ClientAPI
import Cryptography
import Foundation
import JSONCoding
import Ledger
import NodeHTTP
import Primitives
import Testing

@testable import whence

@Suite struct KeyRingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + path)
    return try #require(attributes[.posixPermissions] as? Int) & 0o777
  }

  @Test func `a key is made once, and is for nobody else's eyes`() throws {
    let ring = try KeyRing(of: folder.path)
    let made = try ring.make("bob")
    #expect(try ring.existing("bob").key.publicKey == made.key.publicKey)
    #expect(made.account == Identifier(made.key.publicKey) && made.isFirst)
    #expect(try mode("/keys") == 0o700 && mode("/keys/bob") == 0o600 && mode("/rotations") == 0o700)
    #expect(throws: CommandFailure.self) { _ = try ring.make("bob") }
    let unknown = #expect(throws: CommandFailure.self) { _ = try ring.existing("carol") }
    #expect(unknown?.code == .keyUnknown && unknown?.message.contains("bob") == true)
    for name in [
      "", ".a", "-a", "a/b", "@a", "a b", "\(Digest.zero)", "a\u{1b}",
      String(repeating: "a", count: 300),
    ] {
      let error = #expect(throws: CommandFailure.self, "\(name)") { _ = try ring.make(name) }
      #expect(error?.code == .keyNameInvalid)
    }
  }

  @Test func `the likeliest key signs where none is named`() throws {
    let ring = try KeyRing(of: folder.path)
    func signer(_ words: String...) throws -> String {
      try Command.send.parse(["transfer"] + words).signerName(in: ring)
    }
    #expect(throws: CommandFailure.self) { _ = try signer() }
    _ = try ring.make("bob")
    #expect(try signer() == "bob")
    _ = try ring.make("carol")
    #expect(throws: CommandFailure.self) { _ = try signer() }
    _ = try ring.make("operator")
    #expect(try signer() == "operator" && signer("--as", "carol") == "carol")
  }
}

/// Rotation, with the real program and a node of its own.
@Suite(.serialized, .timeLimit(.minutes(10))) struct KeyRotationCommandTests {
  private let folder: TemporaryFolder
  private var data: String { folder.path + "/node" }

  init() throws { folder = try TemporaryFolder() }

  private func whence(_ words: String...) async throws -> JSON {
    let run = try await BuiltProgram.run(words + ["--data", data, "--json"])
    #expect(run.status == 0 && run.complaint.isEmpty, "\(words): \(run.complaint)")
    return try JSON(parsing: run.output)
  }

  @Test(arguments: ["bob", LocalInference.serverName])
  func `an account keeps its name through rotations, also one that was cut off`(
    name: String
  ) async throws {
    let node = try NodeProcess(program: BuiltProgram.path, data: data)
    defer { node.send(SIGKILL) }
    let base = try await node.announcement().base
    let account = try #require(try await whence("key", "new", name)["account"]?.string)
    func send(_ amount: String, to: String, as name: String) async throws {
      let outcome = try await whence(
        "send", "transfer", "to=@\(to)", "amount=\(amount)", "--as", name, "--node", base)
      #expect(outcome["name"]?.string == "success")
    }
    try await send("10WHN", to: name, as: "operator")

    let rotated = try await whence("account", "rotate-key", name, "--node", base)
    #expect(rotated["account"]?.string == account)
    let listed = try await whence("key", "list").array?.first { $0["name"]?.string == name }
    #expect(listed == rotated)
    try await send("1WHN", to: "operator", as: name)

    // As if the program had ended once the ledger knew the next key.
    let (ring, client) = (try KeyRing(of: data), HTTPLedgerClient(base: base))
    let entry = try ring.existing(name)
    let next = try ring.next(after: entry)
    let status = try await client.status()
    let ordering = TransactionOrdering.once(under: status)
    let acceptance = KeyAcceptance(
      chain: status.chain.id, account: entry.account, ordering: ordering)
    _ = try await client.send(
      .rotateKey(acceptance.rotation(to: next)), by: entry.key, of: entry.account,
      ordering: ordering)
    #expect(try ring.existing(name).key.publicKey == entry.key.publicKey)
    try await send("1WHN", to: "operator", as: name)
    #expect(try ring.existing(name).key.publicKey == next.publicKey)

    let shown = try await whence("account", "show", name, "--node", base)
    #expect(shown["account"]?.string == account)
    let attributes = try FileManager.default.attributesOfItem(atPath: data + "/keys/\(name)")
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    // A key that waits for the ledger's word, and a ledger that has not given it, change nothing.
    _ = try ring.next(after: ring.existing(name))
    try await send("1WHN", to: "operator", as: name)
    #expect(try ring.existing(name).key.publicKey == next.publicKey)
  }
}
