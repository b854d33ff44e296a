import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Storage
import TestKit
import Testing

@testable import whence

/// What a node serves of what its folder holds.
@Suite struct LocalInferenceTests {
  /// Something of one run that is away or damaged in a folder, where another run is whole.
  private struct Lack: CustomTestStringConvertible {
    let testDescription: String
    /// What is said of it begins so.
    let words: String
    /// Changes what the run publishes, or what is left of it.
    let change: @Sendable (inout RunManifest, BlobStore) throws -> Void
    /// Changes what is on disk of a manifest.
    var damage: @Sendable (Digest, BlobStore) throws -> Void = { _, _ in }
  }

  private static let lacks = [
    Lack(testDescription: "a text", words: "artifact_missing: the text of record ") {
      var list = try RunTexts(canonicalBytes: #require(try $1.bytes(of: $0.texts)))
      var records = list.records
      records[3] = TextName(
        place: records[3].place, record: records[3].record, blob: digest("another text"))
      list = try RunTexts(records: records, elsewhere: list.elsewhere)
      $0.texts = try $1.put(list.canonicalBytes)
    },
    Lack(testDescription: "the list of texts", words: "artifact_missing: artifact ") {
      manifest, _ in manifest.texts = digest("another list")
    },
    Lack(testDescription: "the end of the index", words: "artifact_corrupt: ") {
      $0.index = try $1.put(#require(try $1.bytes(of: $0.index)).dropLast(9))
    },
    Lack(testDescription: "the end of the curvature", words: "attribution_curvature_corrupt: ") {
      $0.curvature = try $1.put(#require(try $1.bytes(of: $0.curvature)).dropLast(9))
    },
    Lack(
      testDescription: "the end of the manifest's file", words: "corrupt: ",
      change: { manifest, _ in manifest.decoyDraw = digest("another draw") },
      damage: { manifest, blobs in
        let file = URL(filePath: blobs.file(of: manifest))
        try Data(contentsOf: file).dropLast(1).write(to: file)
      }),
  ]

  @Test func `an adapter whose run is not whole is left out by its code, and others are served`()
    async throws
  {
    try await LiveChain.with { chain in
      let (node, data) = (chain.node, try DataFolder(at: "\(chain.folder.path)/node"))
      let key = try data.keyMakingIfNeeded(LocalInference.serverName)
      let run = try await TinyRun.shared.value
      let whole = try await run.publish(on: node)
      let blobs = try run.blobs(at: data.blobs.path)
      let offered = try #require(try await node.record(.adapter(whole)))
      let claim = try #require(try await node.record(.run(offered.offer.run))).claim
      var words: [Identifier<Adapter>: String] = [:]
      for lack in Self.lacks {
        var (manifest, lacking) = (run.manifest, claim)
        try lack.change(&manifest, blobs)
        lacking.manifest = try blobs.put(manifest.canonicalBytes)
        try lack.damage(lacking.manifest, blobs)
        var offer = offered.offer
        offer.run = try await node.make(.submitRunRecord(lacking), by: builder)
        offer.name = "lacks"
        words[try await node.make(.publishAdapter(offer), by: builder)] = lack.words
      }
      // Nothing of another's run is here.
      var (elsewhere, offer) = (claim, offered.offer)
      elsewhere.manifest = digest("a manifest elsewhere")
      offer.run = try await node.make(.submitRunRecord(elsewhere), by: builder)
      let _: Identifier<Adapter> = try await node.make(.publishAdapter(offer), by: builder)

      _ = try BuiltProgram.environment(in: chain.folder.path)
      let (server, leftOut) = try await LocalInference(
        data: data, ledger: node, model: BuiltProgram.model(in: chain.folder.path)
      ).open()
      let models = try await #require(server).models()
      #expect(models.map(\.adapter) == [whole])
      #expect(models.map(\.server) == [Identifier(key.publicKey)])
      #expect(leftOut.count == Self.lacks.count)
      for adapter in leftOut {
        let expected = try #require(words[adapter.id])
        #expect("\(adapter)".hasPrefix("leaves out adapter lacks (\(adapter.id)): \(expected)"))
      }
    }
  }
}
