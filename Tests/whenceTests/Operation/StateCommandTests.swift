import ClientAPI
import Cryptography
import Foundation
import JSONCoding
import Ledger
import NodeHTTP
import Primitives
import Testing

@testable import whence

/// `whence state` and the node's options for it, with the real program.
@Suite(.serialized, .timeLimit(.minutes(10))) struct StateCommandTests {
  let folder: TemporaryFolder
  var data: String { folder.path + "/node" }

  init() throws { folder = try TemporaryFolder() }

  /// Runs a node for one transfer, and returns the header it led to.
  private func makeChain(
    _ options: [String] = [], until isDone: () throws -> Bool = { true }
  ) async throws -> BlockHeader {
    let node = try NodeProcess(program: BuiltProgram.path, data: data, options: options)
    defer { node.send(SIGKILL) }
    let client = HTTPLedgerClient(base: try await node.announcement().base)
    let key = try #require(try DataFolder(at: data).key(DevelopmentChain.operatorName))
    _ = try await client.send(
      .transfer(Transfer(to: Identifier(Entropy.digest()), amount: .zero, memo: "")), by: key)
    let header = try await client.status().header
    while try !isDone() { try await Task.sleep(for: .milliseconds(20)) }
    node.send(SIGTERM)
    #expect(await node.end() == 0)
    return header
  }

  private func state(_ words: String..., data: String? = nil) async throws -> JSON {
    let run = try await BuiltProgram.run(["state"] + words + location(words, data) + ["--json"])
    #expect(run.status == 0 && run.complaint.isEmpty, "\(words): \(run.complaint)")
    return try JSON(parsing: run.output)
  }

  /// The code with which a command is refused.
  private func refusal(_ words: String..., data: String? = nil) async throws -> String {
    let run = try await BuiltProgram.run(["state"] + words + location(words, data))
    #expect(run.status == 1 && run.output.isEmpty, "\(words): \(run.output)")
    let parts = run.complaint.split(separator: ": ")
    return parts.count > 2 && parts[0] == "whence" ? String(parts[1]) : run.complaint
  }

  /// Which node's state it is; a proof is verified without any.
  private func location(_ words: [String], _ data: String?) -> [String] {
    words.first == "verify" ? [] : ["--data", data ?? self.data]
  }

  private func files(_ path: String) throws -> [String: Data] {
    try FileManager.default.contentsOfDirectory(atPath: path).reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: URL(filePath: "\(path)/\($1)"))
    }
  }

  @Test func `an exported state is imported to the same root, and exported to the same bytes`()
    async throws
  {
    let header = try await makeChain()
    let (export, again) = (folder.path + "/export", folder.path + "/again")
    let other = folder.path + "/other"
    #expect(try await state("check")["root"]?.string == "\(header.stateRoot)")
    #expect(try await state("export", export)["header"]?.string == "\(header.digest)")
    let imported = try await state("import", export, "--trust", "\(header.digest)", data: other)
    #expect(imported["root"]?.string == "\(header.stateRoot)")
    #expect(try await state("check", data: other)["root"]?.string == "\(header.stateRoot)")
    _ = try await state("export", again, data: other)
    #expect(try files(export) == files(again))

    #expect(imported["header_trusted"]?.bool == true && imported["warning"] == nil)
    let believed = try await state("import", export, data: folder.path + "/believed")
    #expect(believed["header_trusted"]?.bool == false && believed["warning"] != nil)

    #expect(try await refusal("export", export) == "folder_not_empty")
    #expect(try await refusal("import", export, data: other) == "import_refused")
    #expect(
      try await refusal("export", folder.path + "/none", data: folder.path) == "no_chain")
    #expect(
      try await refusal("import", folder.path + "/nowhere", data: other) == "file_unreadable")
    #expect(try await refusal("import", export, data: again) == "foreign_folder")
    // A node goes on from the imported state.
    let node = try NodeProcess(program: BuiltProgram.path, data: other)
    defer { node.send(SIGKILL) }
    #expect(try await node.announcement().root == header.stateRoot)
    node.send(SIGTERM)
    #expect(await node.end() == 0)
  }

  @Test func `an export that is damaged or cut short is refused by a code`() async throws {
    let header = try await makeChain()
    let export = folder.path + "/export"
    _ = try await state("export", export)
    for (number, (name, bytes)) in try files(export).sorted(by: { $0.key < $1.key }).enumerated() {
      let url = URL(filePath: "\(export)/\(name)")
      var flipped = bytes
      flipped[flipped.count / 2] ^= 1
      for (part, damaged) in [flipped, bytes.dropLast(), Data()].enumerated() {
        try Data(damaged).write(to: url)
        let target = folder.path + "/target-\(number)-\(part)"
        let code = try await refusal(
          "import", export, "--trust", "\(header.digest)", data: target)
        #expect(code == "import_refused", "\(name), \(part)")
        #expect(!FileManager.default.fileExists(atPath: target), "\(name), \(part)")
      }
      try FileManager.default.removeItem(at: url)
      let target = folder.path + "/target-\(number)"
      #expect(try await refusal("import", export, data: target) == "import_refused", "\(name)")
      try bytes.write(to: url)
    }
  }

  @Test func `a proof is written, verified, and refused once anything of it is other`() async throws
  {
    let header = try await makeChain()
    let file = folder.path + "/proof"
    let keys = [
      StateKey<Amount>.purse(.validators).bytes,
      StateKey<AccountRecord>.account(Identifier(.zero)).bytes,
    ].map(\.hex)
    for key in keys {
      let proved = try await state("prove", key, "--out", file)
      let verified = try await state("verify", file, "--trust", "\(header.digest)")
      #expect(verified["proved"]?.bool == true && verified["value"] == proved["value"])
    }
    let bytes = try Data(contentsOf: URL(filePath: file))
    func verdict(_ changed: Data, trust: Digest) async throws -> String {
      try changed.write(to: URL(filePath: file))
      return try await refusal("verify", file, "--trust", "\(trust)")
    }
    var flipped = bytes
    flipped[flipped.count - 1] ^= 1
    #expect(try await verdict(bytes, trust: .zero) == "proof_refused")
    #expect(try await verdict(bytes.dropLast(), trust: header.digest) == "proof_malformed")
    #expect(try await verdict(flipped, trust: header.digest) == "proof_refused")
    #expect(
      try await refusal("verify", file + "-none", "--trust", "\(Digest.zero)") == "file_unreadable")
    #expect(try await refusal("prove", keys[0], "--height", "99") == "height_not_kept")
    #expect(
      try await refusal("prove", keys[0], "--out", folder.path + "/none/proof") == "file_failed")
  }

  @Test func `a node forgets heights as it is told, and takes snapshots`() async throws {
    let key = StateKey<Amount>.purse(.validators).bytes.hex
    let snapshot = folder.path + "/node/snapshots/1"
    let header = try await makeChain(["--history", "0", "--snapshots", "1"]) {
      FileManager.default.fileExists(atPath: snapshot)
    }
    #expect(header.height == Height(1))
    #expect(try await refusal("prove", key, "--height", "0") == "height_not_kept")
    #expect(Set(try files(snapshot).keys) == ["manifest", "chunk-000000"])
    let imported = try await state("import", snapshot, data: folder.path + "/other")
    #expect(imported["header"]?.string == "\(header.digest)")

    let refused = try await BuiltProgram.run(["node", "--data", data, "--history", "some"])
    #expect(refused.status == 2 && refused.complaint.contains("--history"))
  }
}
