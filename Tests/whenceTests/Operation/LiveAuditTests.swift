import ClientAPI
import Ledger
import Primitives
import RunKit
import Testing

@testable import whence

/// `whence audit` at work: its own processes, a node over HTTP, receipts sealed for those drawn.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LiveAuditTests {
  /// Once its auditors are drawn.
  private func batch(on chain: LiveChain) async throws -> Identifier<Batch> {
    let batch = try await eventually { try await chain.node.openBatches().first }
    try await chain.pass(milliseconds: 2_000)
    _ = try await eventually { try await chain.node.record(.batch(batch))?.auditSeed }
    return batch
  }

  @Test func `auditors find a forged private receipt, prove it, and its server is slashed`()
    async throws
  {
    try await LiveChain.serving { served in
      let (chain, node) = (served.chain, served.chain.node)
      let server = try served.server(of: served.adapter)
      let honest = try await served.ask(1, of: server)
      let forged = try await served.ask(2, of: server)
      try await served.forge(forged, of: server) { receipt in
        let taken = Amount(baseUnits: receipt.payouts[0].amount.baseUnits / 2)
        receipt.payouts[0].amount =
          Amount(baseUnits: receipt.payouts[0].amount.baseUnits - taken.baseUnits)
        receipt.refund = Amount(baseUnits: receipt.refund.baseUnits + taken.baseUnits)
      }
      let hidden = try await served.ask(3, of: server)
      try await served.serving(server) { base in
        let batch = try await batch(on: chain)
        // Of one receipt the server shows another's.
        try await served.show(honest, for: hidden)
        let bond = try await node.balance(of: .serverBond(host.account))
        let auditors = try chain.verifiers.map { try AuditProgram($0, asking: base) }
        defer { for auditor in auditors { auditor.end() } }
        func said() -> String { auditors.map(\.said).joined(separator: "---\n") }

        // Orders stand in the batch by their numbers.
        let struck = try await eventually {
          try await node.record(.struckReceipt(BatchLeafName(batch: batch, leaf: 1)))
        } saying: {
          said()
        }
        #expect(struck.right != nil)
        #expect(try await node.record(.struckReceipt(BatchLeafName(batch: batch, leaf: 0))) == nil)
        #expect(try await node.balance(of: .serverBond(host.account)) < bond)
        let isHonestChecked = try await eventually {
          said().contains("receipt 0 of batch \(batch): nothing is wrong") ? true : nil
        } saying: {
          said()
        }
        #expect(isHonestChecked && honest != forged)
        // What is not shown is demanded on the ledger.
        let demand = try await eventually {
          try await node.record(.dataDemand(.receipt(batch: batch, index: 2)))
        } saying: {
          said()
        }
        #expect(demand.account != host.account)
        // Whoever finds it proved already goes on with his duty.
        let drawn = try #require(try await node.auditDraw(of: batch)).auditors(ofReceipt: 1)
        let busy = auditors.filter { program in
          drawn.contains { $0 == (try? program.account) }
        }
        #expect(busy.count == 3)
        for program in busy {
          _ = try await eventually {
            program.said.contains("receipt 1 of batch \(batch)") ? true : nil
          } saying: {
            said()
          }
          #expect(program.isRunning, "\(program.said)")
        }
      }
    }
  }

  @Test func `a node that is away for a while ends nobody's duty`() async {
    var looks = 0
    await #expect(throws: CancellationError.self) {
      try await repeatedly(every: .zero) {
        looks += 1
        switch looks {
        case 1: throw InferenceFailure(.unreachable, "no network")
        case 2: throw ClientFailure(code: .unreachable, message: "no network")
        default: throw CancellationError()
        }
      }
    }
    #expect(looks == 3)
  }

  @Test
  func `a panel of auditors judges a lied query through a restart, and corrects it`()
    async throws
  {
    try await LiveChain.serving { served in
      let (chain, node) = (served.chain, served.chain.node)
      let server = try served.server(of: try await served.tracedElsewhere())
      _ = try await served.ask(1, of: server)
      try await served.serving(server) { base in
        let batch = try await batch(on: chain)
        let leaf = BatchLeafName(batch: batch, leaf: 0)
        let auditors = try chain.verifiers.map { try AuditProgram($0, asking: base) }
        defer { for auditor in auditors { auditor.end() } }
        func said() -> String { auditors.map(\.said).joined(separator: "---\n") }

        // One of them opens the dispute, the server stands by its answer, the others are drawn.
        let id = try await eventually {
          try await node.records(
            in: .openDisputes, named: DisputeTarget.self, as: Identifier<Dispute>.self
          ).first?.record
        } saying: {
          said()
        }
        let panel = try await chain.committed(id, saying: said)

        // What one of them committed, its next process reveals.
        let restarted = try #require(
          auditors.first { program in panel.contains { $0.verifier == (try? program.account) } })
        try restarted.restart()
        let (verdicts, outcome) = try await chain.closed(id, saying: said)
        #expect(verdicts == [.faulty, .faulty, .faulty])
        #expect(outcome == .upheld)
        #expect(try await node.record(.correctedReceipt(leaf)) != nil)
        // It says so once it hears of its block, which the test may have heard of first.
        let isRevealer = try await eventually {
          restarted.said.contains("dispute \(id): revealed faulty") ? true : nil
        } saying: {
          said()
        }
        #expect(isRevealer)
        for auditor in auditors { #expect(auditor.isRunning, "\(auditor.said)") }
      }
    }
  }
}
