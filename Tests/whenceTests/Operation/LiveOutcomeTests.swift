import ClientAPI
import Cryptography
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Storage
import Testing

@testable import whence

/// `whence outcome` in processes of its own: what payers say of answers that a node has settled.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LiveOutcomeTests {
  /// A folder with one key in it.
  private func folder(of key: String, seed: UInt8, in chain: LiveChain) throws -> DataFolder {
    let data = try DataFolder(at: "\(chain.folder.path)/\(key)")
    try DocumentFolder(at: "\(data.path)/keys")
      .put([UInt8](repeating: seed, count: 32), as: key)
    return data
  }

  @Test func `payers say what answers were worth, once each, and it is shown beside income`()
    async throws
  {
    try await LiveChain.serving { served in
      let (chain, node) = (served.chain, served.chain.node)
      let server = try served.server(of: served.adapter)
      // The second number of people's keys is the payer's; another key signs on a second channel.
      let payers = try folder(of: "payer", seed: 2, in: chain)
      let delegates = try DataFolder(at: "\(chain.folder.path)/delegate")
      let delegate = try delegates.keyMakingIfNeeded("delegate")
      let channel: Identifier<Channel> = try await node.make(
        .openChannel(
          OpenChannel(
            server: host.account, signingKey: delegate.publicKey,
            deposit: Amount(baseUnits: 1_000_000))), by: payer)
      let own = try await served.ask(1, of: server)
      let delegated = try await served.ask(1, of: server, by: delegate, on: channel)
      try await served.serving(server) { base in
        func say(
          _ outcome: String, of order: Digest, by data: DataFolder
        ) async throws -> (output: String, complaint: String, status: Int32) {
          try await BuiltProgram.run(
            ["outcome", "\(order)", outcome, "--node", base, "--data", data.path],
            environment: BuiltProgram.environment(in: data.path))
        }
        func leaf(of order: Digest) async throws -> BatchLeafName {
          let published = try await eventually { () -> PublishedReceipt? in
            try await server.receipt(ofOrder: order)?
              .receipt(openedBy: [host])
          }
          let settlement = try #require(published.settlement)
          return BatchLeafName(
            batch: settlement.batch, leaf: UInt32(settlement.opened.proof.leafIndex))
        }
        let (first, second) = (try await leaf(of: own), try await leaf(of: delegated))

        let unknown = try await say("good", of: own, by: payers)
        #expect(unknown.complaint.hasPrefix("whence: name_invalid: ") && unknown.status == 1)
        // Who can't open the receipt can't say anything of it, nor who is not its payer.
        let sealed = try await say("accepted", of: own, by: delegates)
        #expect(sealed.complaint.hasPrefix("whence: receipt_private: "), "\(sealed)")
        let stranger = try folder(of: "server", seed: 3, in: chain)
        let refused = try await say("rejected", of: own, by: stranger)
        #expect(refused.output.contains("not_payer") && refused.status == 1, "\(refused)")
        #expect(try await node.record(.outcome(first)) == nil)

        let accepted = try await say("accepted", of: own, by: payers)
        #expect(accepted.status == 0, "\(accepted)")
        #expect(try await node.record(.outcome(first)) == .accepted)
        let again = try await say("rejected", of: own, by: payers)
        #expect(again.output.contains("outcome_given") && again.status == 1, "\(again)")
        #expect(try await node.record(.outcome(first)) == .accepted)
        // By the key that signs the channel's orders, whose account is not the payer's.
        let passed = try await say("passed", of: delegated, by: delegates)
        #expect(passed.status == 0, "\(passed)")
        #expect(try await node.record(.outcome(second)) == .passed)

        // It counts once the batches are final.
        try await chain.pass(milliseconds: 36_000_000)
        let fees = try await eventually { () -> AdapterIncome? in
          try await node.record(.adapterIncome(served.adapter.id))
        }
        let shown = try await BuiltProgram.run(
          ["account", "show", "\(builder.account)", "--node", base, "--data", payers.path])
        #expect(fees.outcomes.accepted > .zero && fees.outcomes.passed > .zero)
        #expect(
          shown.output.contains(
            "accepted \(fees.outcomes.accepted.tokens), passed \(fees.outcomes.passed.tokens)"),
          "\(shown)")
      }
    }
  }
}
