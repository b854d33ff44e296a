import AttributionRules
import ClientAPI
import Datanets
import Primitives
import Testing

/// The worked example of `docs/spec/datanets.md`, computed apart from this code.
@Suite struct VectorTests {
  @Test func `the worked example of the specification holds`() throws {
    let secret = try #require(Digest(bytes: 0..<32))
    let bundle = try ContributionBundle(
      records: [
        InstructionRecord(
          term: "ARB", question: "What does ARB stand for?", answer: "Architecture Review Board"),
        InstructionRecord(
          term: "PR", question: "What does PR stand for?", answer: "Pentium Rating"),
      ], secret: secret)
    let first = "d1d676ed866307510b46177e57e43070859d6d60a31c4f6fde59b12f3e8a8569"
    let second = "1c66b3603300883ef3bcad8febaa4ad1bbb19febfb3c0716f1797ae9be63e1f5"
    let root = "37571405c451fe6e918db2c9d3eac88a717cc1b95b3a83a90297a9cdf763f54c"
    let salt = "b3a0c903dbeed57b83733c9363d8c245acf55cafcb97a9768dd8f7da73922f26"
    let blob = "2ea097b0011675053892dc3ad83cb211d73ae0e0f93de03b38207d675ecbe4f4"
    #expect(bundle.recordDigests.map(\.description) == [first, second])
    #expect(bundle.recordsRoot.description == root)
    #expect(bundle.commitmentSalt.description == salt)
    #expect(bundle.blobDigest.description == blob)

    let origin = RecordOrigin(
      contributor: try #require(Digest(bytes: [UInt8](repeating: 1, count: 32))),
      group: try #require(Digest(bytes: [UInt8](repeating: 2, count: 32))))
    let snapshot = try Snapshot([
      CommittedContribution(bundle: bundle, origin: origin, height: Height(1), indexInBlock: 0)
    ])
    let snapshotRoot = "97aa33a6b758f0e0644f131e34458753f07430215e29f5a631524164692e8109"
    #expect(snapshot.root.description == snapshotRoot)
  }
}
