import AttributionRules
import CanonicalCoding
import ClientAPI
import Foundation
import LanguageModels
import Ledger
import Node
import NodeHTTP
import OpenLoRA
import Primitives
import Storage

extension Command {
  static let verify = Command(
    name: "verify", summary: "Recompute a receipt from the ledger and public artifacts",
    operands: [
      .init(name: "RECEIPT", help: "an order's digest, or a file with the receipt's bytes")
    ],
    options: [
      .node,
      .init(
        name: "data", value: "DIR", help: "read a stopped node's folder instead",
        excludes: ["node"]),
      .init(name: "arithmetic", help: "check fee, split, shares, scores and spans only"),
    ]
  ) { arguments in
    let source =
      if let folder = arguments.text("data") {
        try VerificationSource(folder: folder)
      } else {
        try VerificationSource(node: arguments.nodeURL())
      }
    let published = try await source.receipt(named: arguments.operand("RECEIPT") ?? "")
    // Only spans need it, and all else can be checked by whoever has no model.
    let tokenizer = try? LocalModel.tokenizer()
    let verifier = ReceiptVerifier(
      ledger: source.ledger, blobs: source.blobs, tokenizer: tokenizer)
    do {
      try await verifier.checkChain(of: published)
      try await source.fetchArtifacts(of: published)
      try await verifier.checkArithmetic(of: published)
      print("arithmetic: order, fee, split, index, scores, floor and payouts recomputed, settled")
      print(
        tokenizer == nil
          ? "spans: not checked, because the base model's file is not here"
          : "spans: chosen anew from the run's texts, and the same")
      if !arguments.isOn("arithmetic") {
        let cosine = try await verifier.checkByRecomputation(
          published, engine: try LocalModel.open(), weights: try LocalModel.weightsDigest())
        print(
          "recomputation: the answer is reproduced, the query's cosine is \(cosine.rounded(places: 6))"
        )
      }
      print(Terminal.standard.styled("accepted", .good))
    } catch let fault as ReceiptFault {
      print(Terminal.standard.styled("rejected: \(fault.rawValue)", .bad) + "\n\(fault.meaning)")
      throw CommandFailed()
    }
  }
}

/// Where a verification reads the ledger, receipts and artifacts.
struct VerificationSource {
  let ledger: any LedgerClient
  let blobs: BlobStore
  private let inference: (any InferenceClient)?
  private let receipts: DocumentFolder?

  /// Asks a running node; artifacts are kept in a folder of their own, by digest.
  init(
    node: String,
    artifacts: String = FileManager.default.temporaryDirectory.appending(path: "whence-artifacts")
      .path()
  ) throws {
    ledger = HTTPLedgerClient(base: node)
    inference = HTTPInferenceClient(base: node)
    receipts = nil
    blobs = try BlobStore(at: artifacts)
  }

  /// Reads the folder of a node that is not running.
  init(folder: String) throws {
    let data = try DataFolder(existing: folder)
    guard let genesis = try data.genesis() else {
      throw OperationFailure(.noChain, "\(folder) holds no chain; give the folder of a node")
    }
    ledger = try LedgerNode(store: try data.openStore(), genesis: genesis)
    blobs = data.blobs
    inference = nil
    receipts = try DocumentFolder(at: "\(data.serverFolder)/receipts")
  }

  /// Reads a receipt from a file, or fetches the one of an order.
  func receipt(named name: String) async throws -> PublishedReceipt {
    let bytes: [UInt8]
    if let data = FileManager.default.contents(atPath: name) {
      bytes = Array(data)
    } else if let order = Digest(hex: name) {
      if let published = try await inference?.receipt(ofOrder: order) { return published }
      guard let stored = try receipts?.bytes(of: name) else {
        throw CommandFailure(
          .receiptMissing, "no receipt of order \(name) here; it may not be settled yet")
      }
      bytes = stored
    } else {
      throw CommandFailure(
        .nameInvalid,
        "\(name) is neither a file nor an order's digest: 64 hexadecimal digits in lower case")
    }
    guard let published = try? PublishedReceipt(canonicalBytes: bytes) else {
      throw ReceiptUnreadable()
    }
    return published
  }

  /// Brings a run's artifacts here; each is checked against the digest that names it.
  func fetchArtifacts(of published: PublishedReceipt) async throws {
    guard let run = try await ledger.record(.run(published.receipt.run)) else {
      throw ReceiptFault.unknownSubject
    }
    try await fetch(run.claim.manifest)
    let manifest = try Artifacts(blobs: blobs).manifest(of: run)
    for digest in manifest.artifacts where digest != manifest.texts { try await fetch(digest) }
    do {
      try await fetch(manifest.texts)
    } catch let failure as CommandFailure where failure.code == .artifactMissing {
      // They may have been erased, which whoever reads them finds out.
    }
  }

  func fetch(_ digest: Digest) async throws {
    guard !blobs.contains(digest), let inference else { return }
    guard let bytes = try await inference.blob(digest) else {
      throw CommandFailure(.artifactMissing, "the node has no artifact \(digest); ask another")
    }
    guard try blobs.put(bytes) == digest else {
      throw CommandFailure(
        .answerRefused, "the node sent other bytes than artifact \(digest); ask another")
    }
  }
}

/// The bytes are not a receipt's: damaged, or not canonical.
struct ReceiptUnreadable: Error, CustomStringConvertible {
  let description =
    "receipt_unreadable: the bytes are not the canonical encoding of a receipt; fetch it again"
}
