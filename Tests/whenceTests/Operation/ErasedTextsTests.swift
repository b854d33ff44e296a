import CanonicalCoding
import ClientAPI
import Cryptography
import Datanets
import Foundation
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Storage
import TestKit
import Testing

@testable import whence

/// What becomes of a node's folder when the ledger erases contributions.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ErasedTextsTests {
  /// A chain with a run whose contributions can be erased, and a folder that holds all of it.
  private struct Published {
    let chain: LiveChain
    let run: TinyRun
    let blobs: BlobStore
    let datanet: Identifier<Datanet>

    init(on chain: LiveChain) async throws {
      self.chain = chain
      run = try await TinyRun.shared.value
      let adapter = try await run.publish(on: chain.node)
      blobs = try run.blobs(at: DataFolder(at: chain.folder.path).blobs.path)
      for bundle in run.bundles { try blobs.put(bundle.blob) }
      let offered = try #require(try await chain.node.record(.adapter(adapter))).offer
      datanet = try #require(try await chain.node.record(.run(offered.run)))
        .claim.version.datanet
      try await chain.node.succeed(
        .revealHeldOut(
          RevealHeldOut(
            datanet: datanet, epoch: 1, salt: digest("salt"), blob: digest("held out"))),
        by: builder)
    }

    /// The blobs of a contributor's texts.
    func texts(of contributor: Int) -> [Digest] {
      run.texts.texts.filter {
        run.group(of: $0) == TinyRun.contribution(of: contributors[contributor]).digest
      }.map(\.text.blob)
    }

    /// Commits to somebody's records and reveals them, with any blob.
    func contribute(
      _ bundle: ContributionBundle, revealing blob: Digest, by key: SigningKey
    ) async throws -> Identifier<Contribution> {
      let id: Identifier<Contribution> = try await chain.node.make(
        .commitContribution(
          CommitContribution(
            datanet: datanet,
            commitment: CommitContribution.commitment(
              contributor: key.account, salt: bundle.commitmentSalt,
              recordsRoot: bundle.recordsRoot))), by: key)
      try await chain.node.succeed(
        .revealContribution(
          RevealContribution(
            contribution: id, salt: bundle.commitmentSalt, recordsRoot: bundle.recordsRoot,
            recordCount: UInt32(bundle.records.count), blob: blob)), by: key)
      return id
    }

    func withdraw(_ contribution: Identifier<Contribution>, by key: SigningKey) async throws {
      try await chain.node.succeed(
        .withdrawContribution(WithdrawContribution(contribution: contribution, use: .erased)),
        by: key)
    }

    /// The epoch is paid, and then the last windows on its contributions are over.
    func passAllWindows() async throws {
      for _ in 0..<3 { try await chain.pass(milliseconds: 36_000_000) }
    }
  }

  @Test func `a node that starts removes what is erased, and leaves all else`() async throws {
    // Its chain, stopped.
    let (published, folder) = try await LiveChain.with { chain in
      let published = try await Published(on: chain)
      for contributor in contributors[1...] {
        try await published.withdraw(TinyRun.contribution(of: contributor), by: contributor)
      }
      // Of the last one's records the folder has the run's list and texts alone.
      try published.blobs.remove(published.run.bundles[2].blobDigest)
      try await published.passAllWindows()
      // Nobody reads them any more, though they are still here.
      let artifacts = Artifacts(blobs: published.blobs)
      let texts = try await PublishedTexts.load(
        of: published.run.manifest, index: published.run.index, artifacts: artifacts,
        ledger: chain.node)
      #expect(texts.erased.count == 8 && texts.texts.texts.count == 8)
      return (published, chain.folder)
    }
    let (run, blobs) = (published.run, published.blobs)
    let gone = [run.bundles[1].blobDigest] + published.texts(of: 1) + published.texts(of: 2)
    #expect(gone.count == 9 && gone.allSatisfy(blobs.contains))

    let node = try NodeProcess(program: BuiltProgram.path, data: folder.path)
    defer { node.send(SIGKILL) }
    _ = try await node.announcement()
    _ = try await eventually { gone.contains(where: blobs.contains) ? nil : true }
    node.send(SIGTERM)
    #expect(await node.end() == 0)
    let first = published.texts(of: 0)
    let left = [run.manifest.digest, run.bundles[0].blobDigest] + run.manifest.artifacts + first
    #expect(first.count == 8 && left.allSatisfy(blobs.contains))
  }

  @Test func `whoever copies or names what is another's erases none of it, and keeps none of it`()
    async throws
  {
    try await LiveChain.with { chain in
      let published = try await Published(on: chain)
      let (run, blobs) = (published.run, published.blobs)
      let bundles = run.bundles
      // What is revealed is public, the secrets too; only the same records as a whole are refused.
      func copy(of contributor: Int, _ count: Int) throws -> ContributionBundle {
        try ContributionBundle(
          records: Array(bundles[contributor].records.prefix(count)),
          secret: TinyRun.secret(of: contributor))
      }
      let part = try copy(of: 0, 3)
      #expect(part.recordDigests == Array(bundles[0].recordDigests.prefix(3)))
      try blobs.put(part.blob)
      let lies = [
        try await published.contribute(part, revealing: part.blobDigest, by: payer),
        try await published.contribute(
          copy(of: 0, 2), revealing: bundles[0].blobDigest, by: payer),
        try await published.contribute(
          copy(of: 0, 1), revealing: run.manifest.adapter, by: payer),
      ]
      for lie in lies { try await published.withdraw(lie, by: payer) }
      // The second has his erased, and somebody's copy is not.
      let other = try copy(of: 1, 3)
      _ = try await published.contribute(
        other, revealing: blobs.put(other.blob), by: host)
      try await published.withdraw(
        TinyRun.contribution(of: contributors[1]), by: contributors[1])
      try await published.passAllWindows()

      let texts = ErasedTexts(ledger: chain.node, blobs: blobs, inference: nil)
      #expect(
        try await texts.removeDue() == [TinyRun.contribution(of: contributors[1])] + lies)
      #expect(try await texts.removeDue() == [], "once")
      let gone = [part.blobDigest, bundles[1].blobDigest] + published.texts(of: 1)
      #expect(!gone.contains(where: blobs.contains))
      let left =
        [bundles[0].blobDigest, bundles[2].blobDigest, other.blobDigest] + run.manifest.artifacts
        + published.texts(of: 0) + published.texts(of: 2)
      #expect(left.allSatisfy(blobs.contains))
    }
  }
}
