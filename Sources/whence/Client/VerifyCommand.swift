import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
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
      .node, .data,
      .init(
        name: "stopped",
        help: "read the folder of --data, whose node is stopped, instead of a node",
        excludes: ["node"]),
      .init(name: "arithmetic", help: "check fee, split, shares, scores and spans only"),
      .init(
        name: "save", value: "FILE", help: "keep the opened receipt, for whoever is to check it"),
    ]
  ) { arguments in
    let source =
      if arguments.isOn("stopped") {
        try VerificationSource(folder: arguments.dataPath())
      } else {
        try VerificationSource(node: arguments.nodeURL(), keys: arguments.recipientKeys())
      }
    let published = try await source.receipt(named: arguments.operand("RECEIPT") ?? "")
    if let file = arguments.text("save") {
      try Data(published.canonicalBytes).write(asked: file)
    }
    try await source.verify(published, arithmeticAlone: arguments.isOn("arithmetic"))
  }
}

extension VerificationSource {
  /// Recomputes a receipt, and says what was found.
  /// - Parameter arithmeticAlone: whether the model itself is left out.
  /// - Throws: ``CommandFailed`` if the receipt is rejected.
  func verify(_ published: PublishedReceipt, arithmeticAlone: Bool) async throws {
    // Only spans need it, and all else can be checked by whoever has no model.
    let tokenizer = try? LocalModel.tokenizer()
    let verifier = ReceiptVerifier(ledger: ledger, blobs: blobs, tokenizer: tokenizer)
    do {
      try await verifier.checkChain(of: published)
      try await fetchArtifacts(of: published.receipt)
      let spans = try await verifier.checkArithmetic(of: published)
      print("arithmetic: order, fee, split, index, scores, floor and payouts recomputed, settled")
      print("spans: \(spans.words)")
      if !arithmeticAlone {
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

extension ReceiptVerifier.SpanCheck {
  fileprivate var words: String {
    switch self {
    case .chosenAnew: "chosen anew from the run's texts, and the same"
    case .skipped: "not checked, because the base model's file is not here"
    case .textsErased(let records):
      "checked without what is erased: records_erased: "
        + records.map(\.description).joined(separator: ", ")
    }
  }
}

/// Where a verification reads the ledger, receipts and artifacts.
struct VerificationSource {
  let ledger: any LedgerClient
  let blobs: BlobStore
  let inference: (any InferenceClient)?
  private let receipts: DocumentFolder?
  private let keys: [SigningKey]

  /// Asks a running node; artifacts are kept in a folder of their own, by digest.
  /// - Parameter keys: those that open private receipts.
  init(
    node: String, keys: [SigningKey] = [],
    artifacts: String = FileManager.default.temporaryDirectory.appending(path: "whence-artifacts")
      .path()
  ) throws {
    ledger = HTTPLedgerClient(base: node)
    inference = HTTPInferenceClient(base: node)
    receipts = nil
    self.keys = keys
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
    keys = []
    receipts = try DocumentFolder(at: "\(data.serverFolder)/receipts")
  }

  /// Reads a receipt from a file, or fetches the one of an order.
  func receipt(named name: String) async throws -> PublishedReceipt {
    let bytes: [UInt8]
    if let data = FileManager.default.contents(atPath: name) {
      bytes = Array(data)
    } else if let order = Digest(hex: name) {
      if let envelope = try await inference?.receipt(ofOrder: order) {
        return try opened(envelope, of: order)
      }
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

  /// - Throws: `receipt_private`, `answer_refused`.
  private func opened(
    _ envelope: ReceiptEnvelope, of order: Digest
  ) throws(CommandFailure) -> PublishedReceipt {
    guard let published = envelope.receipt(openedBy: keys) else {
      throw CommandFailure(
        .receiptPrivate,
        "receipt \(order) is sealed for its payer, its server and its auditors, and none of the keys "
          + "here opens it; give their folder as --data DIR, or a file that a recipient saved: "
          + "`whence verify \(order) --save FILE`")
    }
    guard published.receipt.order.order.signedDigest == order else {
      throw CommandFailure(
        .answerRefused, "the node sent the receipt of another order; ask another")
    }
    return published
  }

  /// The artifacts of a receipt's run.
  func fetchArtifacts(of receipt: Receipt) async throws {
    guard let run = try await ledger.record(.run(receipt.run)) else {
      throw ReceiptFault.unknownSubject
    }
    try await fetchArtifacts(of: run)
  }

  /// Brings a run's artifacts here; each is checked against the digest that names it.
  func fetchArtifacts(of run: RunRecord) async throws {
    try await fetch(run.claim.manifest)
    let artifacts = Artifacts(blobs: blobs)
    let manifest = try artifacts.manifest(of: run)
    for digest in manifest.artifacts { try await fetch(digest) }
    try await fetchThoseThere(try artifacts.texts(of: manifest).blobs)
  }

  func fetch(_ digest: Digest) async throws {
    guard try await isHere(afterAsking: digest) else {
      throw CommandFailure(.artifactMissing, "the node has no artifact \(digest); ask another")
    }
  }

  /// Brings here what the node has of many blobs; texts may have been erased, which whoever reads
  /// them finds out.
  private func fetchThoseThere(_ digests: [Digest]) async throws {
    var waiting = digests.filter { !blobs.contains($0) }[...]
    try await withThrowingTaskGroup(of: Void.self) { group in
      func askNext() {
        guard let digest = waiting.popFirst() else { return }
        group.addTask { _ = try await isHere(afterAsking: digest) }
      }
      for _ in 0..<Self.mostRequests { askNext() }
      while try await group.next() != nil { askNext() }
    }
  }

  /// Requests at once: few enough that a node serves others meanwhile.
  private static let mostRequests = 8

  /// Whether a blob is here, or could be fetched.
  func isHere(afterAsking digest: Digest) async throws -> Bool {
    if blobs.contains(digest) { return true }
    guard let bytes = try await inference?.blob(digest) else { return false }
    guard try blobs.put(bytes) == digest else {
      throw CommandFailure(
        .answerRefused, "the node sent other bytes than artifact \(digest); ask another")
    }
    return true
  }
}

extension Arguments {
  /// The keys of the folder that `--data` names, if there is one: they open private receipts.
  func recipientKeys() throws -> [SigningKey] {
    let path = try dataPath()
    guard FileManager.default.fileExists(atPath: "\(path)/keys") else { return [] }
    return try DataFolder(existing: path).keys.entries.map(\.key)
  }
}

/// The bytes are not a receipt's: damaged, or not canonical.
struct ReceiptUnreadable: Error, CustomStringConvertible {
  let description =
    "receipt_unreadable: the bytes are not the canonical encoding of a receipt; fetch it again"
}
