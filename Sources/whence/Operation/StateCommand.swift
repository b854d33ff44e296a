import CanonicalCoding
import Cryptography
import Foundation
import JSONCoding
import Ledger
import Node
import Primitives
import Storage

extension Command {
  /// The states of stopped nodes.
  static let state = [stateProve, stateVerify, stateCheck, stateExport, stateImport]

  private static let stateProve = Command(
    name: "state prove", summary: "Prove what a stopped node's state holds at a key",
    operands: [.init(name: "KEY", help: "in hexadecimal, as docs/spec/state.md makes them")],
    options: [
      .data,
      .init(name: "height", value: "N", help: "at an earlier height that is kept"),
      .init(name: "out", value: "FILE", help: "where the proof goes"),
      .json,
    ]
  ) { arguments in
    try StateReport.prove(arguments.operand("KEY") ?? "", arguments).print(arguments)
  }

  private static let stateVerify = Command(
    name: "state verify", summary: "Verify a proof of a state",
    operands: [.init(name: "FILE", help: "a proof that `state prove` wrote")],
    options: [
      .init(
        name: "trust", value: "DIGEST", help: "of the header that it must belong to; required"),
      .json,
    ]
  ) { arguments in
    guard let trusted = try arguments.trusted() else {
      throw UsageError(.operandMissing, "state verify needs --trust: the digest of a header")
    }
    try StateReport.verify(file: arguments.operand("FILE") ?? "", trusting: trusted)
      .print(arguments)
  }

  private static let stateCheck = Command(
    name: "state check", summary: "Compare a stopped node's state with its root",
    options: [.data, .json]
  ) { arguments in try StateReport.check(arguments).print(arguments) }

  private static let stateExport = Command(
    name: "state export", summary: "Write a stopped node's state to a folder",
    operands: [.init(name: "DIR", help: "a folder that is new or empty")],
    options: [.data, .json]
  ) { arguments in
    try StateReport.export(to: arguments.operand("DIR") ?? "", arguments).print(arguments)
  }

  private static let stateImport = Command(
    name: "state import", summary: "Start a node's folder from an exported state",
    operands: [.init(name: "DIR", help: "the export's folder")],
    options: [
      .data,
      .init(name: "trust", value: "DIGEST", help: "of the header that it must belong to"),
      .json,
    ]
  ) { arguments in
    try StateReport.import(
      from: arguments.operand("DIR") ?? "", arguments.trusted(), arguments
    ).print(arguments)
  }
}

extension Arguments {
  fileprivate func trusted() throws(UsageError) -> Digest? {
    guard let text = text("trust") else { return nil }
    guard let digest = Digest(hex: text) else {
      throw UsageError(
        .optionInvalid, "--trust takes 64 lower-case hexadecimal digits, not \"\(text)\"")
    }
    return digest
  }
}

/// What an action on a state found, for people and for programs.
private struct StateReport {
  private let facts: [(name: String, value: JSON)]

  init(_ facts: [(name: String, value: JSON)]) { self.facts = facts }

  func print(_ arguments: Arguments) {
    whence.print(arguments.isOn("json") ? json : text, terminator: "")
  }

  private var json: String {
    let object = JSON.object(JSONObject(facts.map { .init(name: $0.name, value: $0.value) }))
    return object.text(.indented) + "\n"
  }

  private var text: String {
    columns(
      facts.map { fact in
        (fact.name.replacing("_", with: " "), fact.value.string ?? fact.value.text())
      })
  }

  // MARK: - Actions

  static func check(_ arguments: Arguments) throws -> StateReport {
    let check = try withStore(arguments) { try checkState(of: $0) }
    return StateReport([
      ("height", .integer(check.height.number)), ("root", .string("\(check.root)")),
      ("entries", .integer(check.entryCount)), ("nodes", .integer(check.nodeCount)),
    ])
  }

  static func prove(_ key: String, _ arguments: Arguments) throws -> StateReport {
    guard let bytes = [UInt8](hex: key), !bytes.isEmpty else {
      throw UsageError(
        .optionInvalid,
        "a key is given in lower-case hexadecimal digits, not \"\(key)\"; docs/spec/state.md")
    }
    let height = try arguments.integer("height", in: 0...Int.max).map { Height(UInt64($0)) }
    let proof = try withStore(arguments) { try Node.proof(of: bytes, at: height, in: $0) }
    if let file = arguments.text("out") {
      try Data(proof.canonicalBytes).write(asked: file)
    }
    return StateReport(describe(proof))
  }

  static func verify(file: String, trusting trusted: Digest) throws -> StateReport {
    guard let bytes = try? Array(Data(contentsOf: URL(filePath: file))) else {
      throw OperationFailure(.fileUnreadable, "\(file) can't be read")
    }
    guard let proof = try? StateProof(canonicalBytes: bytes) else {
      throw OperationFailure(
        .proofMalformed,
        "\(file) is no proof of a state; `whence state prove` writes one with --out")
    }
    do throws(StateProofFault) {
      try proof.verify(trusting: trusted)
    } catch {
      throw OperationFailure(.proofRefused, "the proof does not hold: \(error)")
    }
    return StateReport([("proved", true)] + describe(proof))
  }

  static func export(to path: String, _ arguments: Arguments) throws -> StateReport {
    let folder = try DocumentFolder(at: path)
    guard try folder.names().isEmpty else {
      throw OperationFailure(.folderNotEmpty, "\(path) is not empty; export into a new folder")
    }
    return StateReport(describe(try withStore(arguments) { try exportState(of: $0, to: folder) }))
  }

  static func `import`(
    from path: String, _ trusted: Digest?, _ arguments: Arguments
  ) throws -> StateReport {
    // Looked for first, because opening would make what is missing.
    guard FileManager.default.fileExists(atPath: path) else {
      throw OperationFailure(.fileUnreadable, "there is no folder \(path)")
    }
    let target = try arguments.dataPath()
    let manifest = try leavingNothing(in: target) {
      let data = try DataFolder(forNode: target)
      let store = try data.openStore()
      defer { store.close() }
      let manifest = try importState(
        from: DocumentFolder(at: path), into: store, trusting: trusted)
      try data.keep(manifest.genesis)
      return manifest
    }
    var facts = describe(manifest) + [("header_trusted", .bool(trusted != nil))]
    if trusted == nil {
      facts.append(
        (
          "warning",
          .string(
            "no header was trusted: the state is what the export says of itself; compare the header's "
              + "digest with one from somebody you trust, or import again with --trust")
        ))
    }
    return StateReport(facts)
  }

  /// Removes what `body` made in a folder if it fails: a node would begin a chain of its own there.
  private static func leavingNothing<Value>(
    in path: String, _ body: () throws -> Value
  ) throws -> Value {
    let files = FileManager.default
    let before = try? files.contentsOfDirectory(atPath: path)
    do {
      return try body()
    } catch {
      if let before {
        for name in (try? files.contentsOfDirectory(atPath: path)) ?? []
        where !before.contains(name) {
          try? files.removeItem(atPath: "\(path)/\(name)")
        }
      } else {
        try? files.removeItem(atPath: path)
      }
      throw error
    }
  }

  private static func withStore<Value>(
    _ arguments: Arguments, _ body: (KeyValueStore) throws -> Value
  ) throws -> Value {
    let path = try arguments.dataPath()
    // Looked for first, because opening would make what is missing.
    guard FileManager.default.fileExists(atPath: "\(path)/chain/CURRENT") else {
      throw OperationFailure(.noChain, "\(path) holds no chain; `whence node` makes one")
    }
    let store = try DataFolder(at: path).openStore()
    defer { store.close() }
    return try body(store)
  }

  private static func describe(_ proof: StateProof) -> [(String, JSON)] {
    [
      ("height", .integer(proof.header.height.number)),
      ("header", .string("\(proof.header.digest)")),
      ("root", .string("\(proof.header.stateRoot)")),
      ("key", .string(proof.key.hex)), ("value", proof.value.map { .string($0.hex) } ?? .null),
      ("proof", .string(proof.proof.hex)), ("proof_bytes", .integer(proof.proof.count)),
    ]
  }

  private static func describe(_ manifest: StateManifest) -> [(String, JSON)] {
    [
      ("height", .integer(manifest.header.height.number)),
      ("header", .string("\(manifest.header.digest)")),
      ("root", .string("\(manifest.header.stateRoot)")),
      ("entries", .integer(manifest.entryCount)), ("chunks", .integer(manifest.chunks.count)),
    ]
  }
}
