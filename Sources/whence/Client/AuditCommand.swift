import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import Ledger
import NodeHTTP
import OpenLoRA
import Primitives

extension Command {
  static let audit = Command(
    name: "audit",
    summary: "Do a verifier's duty: check the receipts, and judge the disputes, he was drawn for",
    options: [
      .node, .data, .signer,
      .init(name: "arithmetic", help: "look at integers only: no model needed"),
      .init(name: "look", help: "say what is wrong and send nothing"),
      .init(name: "once", help: "look through what is open now, and end"),
    ]
  ) { arguments in
    let keys = try DataFolder(existing: try arguments.dataPath()).keys
    let source = try VerificationSource(
      node: arguments.nodeURL(), keys: try keys.entries.map(\.key))
    let signer = try await keys.settled(arguments.signerName(in: keys), on: source.ledger)
    guard try await source.ledger.record(.verifier(signer.account)) != nil else {
      throw CommandFailure(
        .recordMissing,
        "\(signer.name) is no verifier; `whence send register_verifier bond=…WHN --as \(signer.name)` "
          + "makes it one")
    }
    let audit = Audit(
      source: source, auditor: signer, recomputes: !arguments.isOn("arithmetic"),
      sends: !arguments.isOn("look"))
    let panel =
      arguments.isOn("look")
      ? nil
      : try PanelService(
        source: source, verifier: signer, recomputes: !arguments.isOn("arithmetic"),
        folder: "\(try arguments.dataPath())/panel")
    guard !arguments.isOn("once") else {
      try await panel?.reveal()
      while try await panel?.judge() == true {}
      let isClean = try await audit.lookAround()
      if !isClean { throw CommandFailed() }
      return
    }
    StopSignal.listen()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await StopSignal.wait() }
      group.addTask {
        try await repeatedly(every: .seconds(1)) { _ = try await audit.lookAround() }
      }
      if let panel { group.addTask { try await panel.serve() } }
      try await group.next()
      group.cancelAll()
    }
  }
}

/// One verifier's audits of what he was drawn for.
actor Audit {
  private let source: VerificationSource
  private let auditor: KeyRing.Entry
  private let recomputes: Bool
  private let sends: Bool
  /// What was looked at already, each receipt once.
  private var audited: Set<BatchLeafName> = []
  /// What this audit demanded on the ledger, and since when.
  private var demanded: [BatchLeafName: Height] = [:]
  /// Why a receipt could not be checked yet, as it was said last.
  private var troubles: [BatchLeafName: String] = [:]

  init(source: VerificationSource, auditor: KeyRing.Entry, recomputes: Bool, sends: Bool) {
    self.source = source
    self.auditor = auditor
    self.recomputes = recomputes
    self.sends = sends
  }

  /// Looks through every open batch; returns whether nothing was wrong.
  ///
  /// What can't be checked now is tried again with the next look, and keeps nothing else waiting:
  /// or a server that shows nonsense of one receipt would end the audits of all others.
  @discardableResult
  func lookAround() async throws -> Bool {
    var isClean = true
    for batch in try await source.ledger.openBatches() {
      for leaf in try await drawn(of: batch) where !audited.contains(leaf) {
        do {
          if try await !look(at: leaf) { isClean = false }
        } catch let failure as ClientFailure {
          throw failure
        } catch {
          try Task.checkCancellation()
          isClean = false
          let words = "\(Self.name(leaf)): \(error)"
          if troubles.updateValue(words, forKey: leaf) != words { print(words) }
        }
      }
    }
    return isClean
  }

  private static func name(_ leaf: BatchLeafName) -> String {
    "receipt \(leaf.leaf) of batch \(leaf.batch)"
  }

  /// The receipts of a batch that this verifier is to audit.
  private func drawn(of batch: Identifier<Batch>) async throws -> [BatchLeafName] {
    guard let draw = try await source.ledger.auditDraw(of: batch),
      let record = try await source.ledger.record(.batch(batch))
    else { return [] }
    return (0..<record.receiptCount)
      .filter { draw.auditors(ofReceipt: $0).contains(auditor.account) }
      .map { BatchLeafName(batch: batch, leaf: $0) }
  }

  private func look(at leaf: BatchLeafName) async throws -> Bool {
    let name = Self.name(leaf)
    guard let published = try await shown(leaf) else { return try await demand(leaf, name) }
    let challenge = Challenge(source: source, recomputes: recomputes)
    let isClean = try await judge(name, by: challenge) { again in
      try await challenge.find(published, again: again)
    }
    audited.insert(leaf)
    return isClean
  }

  /// The receipt as its server shows it; nil if it shows none, or something else, though the node
  /// answers.
  private func shown(_ leaf: BatchLeafName) async throws -> PublishedReceipt? {
    do {
      return try await source.receipt(at: leaf)
    } catch let failure as ClientFailure {
      throw failure
    } catch {
      try Task.checkCancellation()
      _ = try await source.ledger.status()
      if demanded[leaf] == nil { print("\(Self.name(leaf)): \(error)") }
      return nil
    }
  }

  /// Says what is wrong, and proves it; returns whether nothing is.
  private func judge(
    _ name: String, by challenge: Challenge,
    _ find: (_ again: Bool) async throws -> [Challenge.Found]
  ) async throws -> Bool {
    let findings = try await find(false)
    guard !findings.isEmpty else {
      print("\(name): \(Terminal.standard.styled("nothing is wrong", .good))")
      return true
    }
    print("\(name):")
    guard sends else {
      for found in findings { print(Terminal.standard.styled("wrong: \(found.code)", .bad)) }
      return false
    }
    do {
      try await challenge.prove(findings, by: auditor) { try await find(true) }
    } catch is CommandFailed {
      // Another auditor may have proved it first; what else was drawn is still to be looked at.
    }
    return false
  }

  /// Demands on the ledger what the server does not show; what it then shows has no text, and is
  /// checked as far as integers go.
  private func demand(_ leaf: BatchLeafName, _ name: String) async throws -> Bool {
    let piece = DataPiece.receipt(batch: leaf.batch, index: leaf.leaf)
    guard let since = demanded[leaf] else {
      print("\(name): \(Terminal.standard.styled("its server does not show it", .bad))")
      guard sends else {
        audited.insert(leaf)
        return false
      }
      demanded[leaf] = try await source.ledger.status().header.height
      do {
        try await source.ledger.sendOnce(.demandData(DemandData(piece: piece)), by: auditor)
      } catch is CommandFailed {
        // Another auditor may have demanded it first.
      }
      return false
    }
    guard try await source.ledger.record(.dataDemand(piece)) == nil else { return true }
    audited.insert(leaf)
    guard let receipt = try await served(piece, since: since) else {
      print("\(name): withheld to the end; its batch is void")
      return true
    }
    let challenge = Challenge(source: source, recomputes: false)
    return try await judge("\(name), shown on demand", by: challenge) { _ in
      try await challenge.find(receipt, at: leaf)
    }
  }

  /// What was served on the ledger since a height.
  private func served(_ piece: DataPiece, since: Height) async throws -> Receipt? {
    let last = try await source.ledger.status().header.height.number
    for height in since.number...max(since.number, last) {
      guard let block = try await source.ledger.block(at: Height(height)) else { continue }
      for transaction in block.transactions {
        guard case .serveData(let service) = transaction.content.message, service.piece == piece,
          case .receipt(_, let receipt) = service.data
        else { continue }
        return receipt
      }
    }
    return nil
  }
}
