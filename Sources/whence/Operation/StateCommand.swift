import CanonicalCoding
import Cryptography
import Foundation
import JSONCoding
import Ledger
import Node
import Primitives
import Storage

extension Command {
  static let state = Command(
    name: "state", summary: "Prove, check, export or import the state of a stopped node",
    operands: [
      .init(name: "ACTION", help: "prove KEY, verify FILE, check, export DIR or import DIR"),
      .init(name: "OPERAND", help: "a key in hexadecimal, a file or a folder", isOptional: true),
    ],
    options: [
      .data,
      .init(name: "height", value: "N", help: "prove: at an earlier height that is kept"),
      .init(name: "out", value: "FILE", help: "prove: where the proof goes"),
      .init(
        name: "trust", value: "DIGEST",
        help: "verify, import: the digest of the header that it must belong to"),
      .init(name: "json", help: "print JSON"),
    ]
  ) { arguments in
    let report = try StateReport(arguments)
    print(arguments.isOn("json") ? report.json : report.text, terminator: "")
  }
}

/// What an action on a state found, for people and for programs.
private struct StateReport {
  private let facts: [(name: String, value: JSON)]

  init(_ arguments: Arguments) throws {
    let trusted = try arguments.text("trust").map { text throws(UsageError) in
      guard let digest = Digest(hex: text) else {
        throw UsageError("--trust takes 64 lower-case hexadecimal digits")
      }
      return digest
    }
    func operand(_ what: String) throws(UsageError) -> String {
      guard let operand = arguments.operand("OPERAND") else {
        throw UsageError("this action needs \(what); see `whence help state`")
      }
      return operand
    }
    switch arguments.operand("ACTION") {
    case "check": facts = try Self.check(arguments)
    case "prove": facts = try Self.prove(operand("a key"), arguments)
    case "verify": facts = try Self.verify(file: operand("a file"), trusting: trusted)
    case "export": facts = try Self.export(to: operand("a folder"), arguments)
    case "import": facts = try Self.import(from: operand("a folder"), trusted, arguments)
    default: throw UsageError("state knows prove, verify, check, export and import")
    }
  }

  var json: String {
    let object = JSON.object(JSONObject(facts.map { .init(name: $0.name, value: $0.value) }))
    return String(decoding: object.bytes(.indented), as: UTF8.self) + "\n"
  }

  var text: String {
    columns(
      facts.map { fact in
        (fact.name, fact.value.string ?? String(decoding: fact.value.bytes(), as: UTF8.self))
      })
  }

  // MARK: - Actions

  private static func check(_ arguments: Arguments) throws -> [(String, JSON)] {
    let check = try withStore(arguments) { try checkState(of: $0) }
    return [
      ("height", .integer(check.height.number)), ("root", .string("\(check.root)")),
      ("entries", .integer(check.entryCount)), ("nodes", .integer(check.nodeCount)),
    ]
  }

  private static func prove(_ key: String, _ arguments: Arguments) throws -> [(String, JSON)] {
    guard let bytes = [UInt8](hex: key), !bytes.isEmpty else {
      throw UsageError("a key is given in lower-case hexadecimal digits; docs/spec/state.md")
    }
    let height = try arguments.integer("height", in: 0...Int.max).map { Height(UInt64($0)) }
    let proof = try withStore(arguments) { try Node.proof(of: bytes, at: height, in: $0) }
    if let file = arguments.text("out") {
      try Data(proof.canonicalBytes).write(to: URL(filePath: file))
    }
    return describe(proof)
  }

  private static func verify(file: String, trusting trusted: Digest?) throws -> [(String, JSON)] {
    guard let trusted else { throw UsageError("verify needs --trust: the digest of a header") }
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
    return [("proved", true)] + describe(proof)
  }

  private static func export(
    to path: String, _ arguments: Arguments
  ) throws -> [(String, JSON)] {
    let folder = try DocumentFolder(at: path)
    guard try folder.names().isEmpty else {
      throw OperationFailure(.folderNotEmpty, "\(path) is not empty; export into a new folder")
    }
    return describe(try withStore(arguments) { try exportState(of: $0, to: folder) })
  }

  private static func `import`(
    from path: String, _ trusted: Digest?, _ arguments: Arguments
  ) throws -> [(String, JSON)] {
    // Looked for first, because opening would make what is missing.
    guard FileManager.default.fileExists(atPath: path) else {
      throw OperationFailure(.fileUnreadable, "there is no folder \(path)")
    }
    let data = try DataFolder(forNode: arguments.dataPath())
    let store = try data.openStore()
    defer { store.close() }
    let manifest = try importState(
      from: DocumentFolder(at: path), into: store, trusting: trusted)
    try data.keep(manifest.genesis)
    return describe(manifest)
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
      ("proof", .string(proof.proof.hex)), ("proofBytes", .integer(proof.proof.count)),
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
