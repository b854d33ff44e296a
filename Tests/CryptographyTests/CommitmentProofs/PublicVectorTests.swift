import Foundation
import JSONCoding
import Primitives
import Testing

@testable import Cryptography

/// The vectors that every implementation of ICS-23 is tested with.
@Suite struct PublicVectorTests {
  private static func json(_ path: String) throws -> JSON {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = folder.appending(path: "Vectors/ics23/\(path).json")
    return try JSON(parsing: Array(Data(contentsOf: file)))
  }

  private static func bytes(_ value: JSON?) -> [UInt8] {
    value?.string.flatMap { Data(base64Encoded: $0) }.map { Array($0) } ?? []
  }

  private static func leaf(_ json: JSON) throws -> LeafStep {
    LeafStep(
      hash: try hash(json["hash"]), keyHash: try hash(json["prehash_key"]),
      valueHash: try hash(json["prehash_value"]),
      length: try #require(
        LengthOperation(rawValue: json["length"]?.integer(as: UInt64.self) ?? 0)),
      prefix: bytes(json["prefix"]))
  }

  private static func hash(_ json: JSON?) throws -> HashOperation {
    try #require(HashOperation(rawValue: json?.integer(as: UInt64.self) ?? 0))
  }

  private static func step(_ json: JSON) throws -> InnerStep {
    InnerStep(
      hash: try hash(json["hash"]), prefix: bytes(json["prefix"]), suffix: bytes(json["suffix"]))
  }

  private static func existence(_ json: JSON) throws -> ExistenceProof {
    ExistenceProof(
      key: bytes(json["key"]), value: bytes(json["value"]), leaf: try json["leaf"].map(leaf),
      path: try (json["path"]?.array ?? []).map(step))
  }

  private static func spec(_ json: JSON) throws -> ProofSpec {
    let inner = try #require(json["inner_spec"])
    return ProofSpec(
      leaf: try leaf(try #require(json["leaf_spec"])),
      inner: ProofSpec.InnerSpec(
        childOrder: (inner["child_order"]?.array ?? []).map { $0.integer() ?? 0 },
        childSize: inner["child_size"]?.integer() ?? 0,
        prefixMinimum: inner["min_prefix_length"]?.integer() ?? 0,
        prefixMaximum: inner["max_prefix_length"]?.integer() ?? 0,
        emptyChild: bytes(inner["empty_child"]), hash: try hash(inner["hash"])),
      depthMaximum: json["max_depth"]?.integer() ?? 0,
      depthMinimum: json["min_depth"]?.integer() ?? 0)
  }

  /// The named cases of a file, less those that need a hash we do not compute.
  private static func cases(_ file: String) throws -> [(name: String, content: JSON)] {
    let all = try #require(try json(file).object)
    return all.members.map { (name: $0.name, content: $0.value) }
  }

  @Test(arguments: ["smt", "iavl", "tendermint"])
  func `whole proofs of presence and absence are believed, and only for their key and root`(
    tree: String
  ) throws {
    let spec: ProofSpec =
      tree == "smt" ? .stateTree : tree == "iavl" ? .iavl : .tendermint
    for name in ["left", "middle", "right"].flatMap({ ["exist_\($0)", "nonexist_\($0)"] }) {
      let vector = try Self.json("\(tree)/\(name)")
      func bytes(_ field: String) throws -> [UInt8] {
        try #require([UInt8](hex: vector[field]?.string ?? ""))
      }
      let (root, key) = (try bytes("root"), try bytes("key"))
      let value: [UInt8]? = try bytes("value").isEmpty ? nil : try bytes("value")
      #expect((value == nil) == name.hasPrefix("non"))
      let encoded = try bytes("proof")
      let proof = try CommitmentProof(bytes: encoded)
      #expect(proof.bytes == encoded)
      #expect(throws: Never.self, "\(tree)/\(name)") {
        try proof.verify(value, at: key, root: root, spec: spec)
      }
      #expect(throws: CommitmentFault.self) {
        try proof.verify(value, at: key + [1], root: root, spec: spec)
      }
      #expect(throws: CommitmentFault.self) {
        try proof.verify(value == nil ? [1] : nil, at: key, root: root, spec: spec)
      }
      #expect(throws: CommitmentFault.self) {
        try proof.verify(value, at: key, root: root.reversed(), spec: spec)
      }
      let wrong: ProofSpec = tree == "smt" ? .iavl : .stateTree
      #expect(throws: CommitmentFault.self) {
        try proof.verify(value, at: key, root: root, spec: wrong)
      }
    }
  }

  @Test func `proofs are held against their specification`() throws {
    let cases = try Self.cases("TestCheckAgainstSpecData")
    #expect(cases.count > 10)
    for (name, content) in cases {
      let proof = try Self.existence(try #require(content["Proof"]))
      let spec = try Self.spec(try #require(content["Spec"]))
      let isRefused = (try? spec.check(proof)) == nil
      #expect(isRefused == (content["Err"]?.string != ""), "\(name)")
    }
  }

  @Test func `leaves are held against their specification`() throws {
    for (name, content) in try Self.cases("TestCheckLeafData") {
      var spec = ProofSpec.stateTree
      spec.leaf = try Self.leaf(try #require(content["Spec"]))
      let leaf = try Self.leaf(try #require(content["Leaf"]))
      #expect(((try? spec.check(leaf)) == nil) == content["IsErr"]?.bool, "\(name)")
    }
  }

  @Test func `roots are computed as others compute them`() throws {
    for (name, content) in try Self.cases("TestExistenceProofData") {
      let proof = try Self.existence(try #require(content["Proof"]))
      let root = try? proof.root()
      #expect((root == nil) == content["IsErr"]?.bool, "\(name)")
      if let root { #expect(root == Self.bytes(content["Expected"]), "\(name)") }
    }
  }

  @Test func `leaves and nodes are hashed as others hash them, or refused`() throws {
    var computed = 0
    for (name, content) in try Self.cases("TestLeafOpData") + Self.cases("TestInnerOpData") {
      let operation = try #require(content["Op"])
      let hash: [UInt8]?
      do throws(CommitmentFault) {
        hash =
          name.contains("child") || content["Child"] != nil
          ? try Self.apply(try? Self.step(operation), content)
          : try Self.apply(try? Self.leaf(operation), content)
      } catch {
        guard error != .unsupported else { continue }
        hash = nil
      }
      #expect((hash == nil) == content["IsErr"]?.bool, "\(name)")
      if let hash {
        #expect(hash == Self.bytes(content["Expected"]), "\(name)")
        computed += 1
      }
    }
    #expect(computed > 5)
  }

  private static func apply(
    _ step: InnerStep?, _ content: JSON
  ) throws(CommitmentFault) -> [UInt8] {
    guard let step else { throw .wrongNode }
    return try step.apply(to: bytes(content["Child"]))
  }

  private static func apply(_ step: LeafStep?, _ content: JSON) throws(CommitmentFault) -> [UInt8] {
    guard let step else { throw .wrongLeaf }
    return try step.apply(key: bytes(content["Key"]), value: bytes(content["Value"]))
  }

  @Test func `SHA-256 is computed, and every other hash is refused`() throws {
    for (name, content) in try Self.cases("TestDoHashData") {
      let operation = try Self.hash(content["HashOp"])
      let preimage = Array((content["Preimage"] ?? content["PreImage"])?.string?.utf8 ?? "".utf8)
      if operation == .sha256 {
        #expect(try operation.apply(to: preimage).hex == content["ExpectedHash"]?.string, "\(name)")
      } else {
        #expect(throws: CommitmentFault.unsupported) { try operation.apply(to: preimage) }
      }
    }
  }

  @Test func `placeholders count as empty branches`() throws {
    let cases = try #require(try Self.json("TestEmptyBranchData").array)
    #expect(cases.count > 5)
    for (index, content) in cases.enumerated() {
      let step = try Self.step(try #require(content["Op"]))
      let inner = try Self.spec(try #require(content["Spec"])).inner
      #expect(inner.isEmpty(step, on: .left) == content["IsLeft"]?.bool, "\(index)")
      #expect(inner.isEmpty(step, on: .right) == content["IsRight"]?.bool, "\(index)")
    }
  }
}
