import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import Primitives
import Storage
import Testing

@testable import Node

@Suite struct LedgerApplicationTests {
  private let later = BlockTime(milliseconds: 1_000_500)

  /// Runs `body` over an application whose chain has begun.
  private func withApplication<Value>(
    in folder: TemporaryFolder, _ body: (LedgerApplication) throws -> Value
  ) throws -> Value {
    let store = try KeyValueStore(at: folder.path)
    defer { store.close() }
    let application = try LedgerApplication(store: store)
    try application.initChain(.test)
    return try body(application)
  }

  private func checked(
    _ application: LedgerApplication, sequences: [UInt64]
  ) throws -> [CheckedTransaction] {
    try sequences.map { sequence in
      let signed = transaction(
        transfer(1), by: payer, sequence: sequence, chain: Genesis.test.chain)
      return try application.checkTransaction(signed.canonicalBytes)
    }
  }

  @Test func `before there is a chain there is no height, and a chain begins once`() throws {
    let folder = try TemporaryFolder()
    let store = try KeyValueStore(at: folder.path)
    defer { store.close() }
    let application = try LedgerApplication(store: store)
    #expect(application.info().height == nil)
    let root = try application.initChain(.test)
    #expect(application.info() == ApplicationInfo(height: .genesis, stateRoot: root))
    #expect(try application.initChain(.test) == root)
    var other = Genesis.test
    other.name = "other"
    #expect { try application.initChain(other) } throws: {
      ($0 as? NodeFailure)?.code == .genesisMismatch
    }
  }

  @Test func `a proposal leaves out what may not enter, and is accepted by who made it`() throws {
    try withApplication(in: TemporaryFolder()) { application in
      let offered = try checked(application, sequences: [0, 2, 1])
      let prepared = try application.prepareProposal(offered, at: later)
      #expect(prepared.block.transactions.map(\.id) == [offered[0].id, offered[2].id])
      #expect(prepared.refused.map(\.index) == [1])
      #expect(prepared.refused.first?.rejection == .transaction(.wrongSequence))
      #expect(try application.processProposal(prepared.block) == .accepted)
    }
  }

  @Test func `a block that holds what may not enter is refused`() throws {
    try withApplication(in: TemporaryFolder()) { application in
      let good = try application.prepareProposal(
        checked(application, sequences: [0]), at: later
      ).block
      func proposal(
        height: Height? = nil, time: BlockTime? = nil, previous: Digest? = nil,
        sequences: [UInt64] = [0]
      ) throws -> ProposedBlock {
        ProposedBlock(
          height: height ?? good.height, time: time ?? good.time,
          previous: previous ?? good.previous,
          transactions: try checked(application, sequences: sequences))
      }
      let skipping = try proposal(sequences: [0, 2])
      #expect(
        try application.processProposal(skipping)
          == .refused(.transactionRejected(index: 1, .transaction(.wrongSequence))))
      let early = try proposal(time: BlockTime(milliseconds: 1_000_000))
      #expect(try application.processProposal(early) == .refused(.timeOutOfBounds))
      for wrong in [try proposal(height: Height(2)), try proposal(previous: .zero)] {
        #expect(try application.processProposal(wrong) == .refused(.headerMismatch))
        #expect { try application.finaliseBlock(wrong) } throws: {
          ($0 as? NodeFailure)?.code == .blockRefused
        }
      }
    }
  }

  @Test func `finalising repeats its answer and shows nowhere before the commit`() throws {
    try withApplication(in: TemporaryFolder()) { application in
      let before = application.info()
      let block = try application.prepareProposal(
        checked(application, sequences: [0]), at: later
      ).block
      let first = try application.finaliseBlock(block)
      // Another round's proposals push the first candidate out; it is executed again.
      for offset in UInt64(1)...5 {
        _ = try application.prepareProposal(
          [], at: BlockTime(milliseconds: later.milliseconds + offset))
      }
      let again = try application.finaliseBlock(block)
      #expect(first.header == again.header && first.results == again.results)
      #expect(application.info() == before)
      #expect(
        application.committedState().balance(of: .account(friend.account)).baseUnits == 1_000_000)
      let header = try application.commit()
      #expect(header == first.header)
      #expect(
        application.info()
          == ApplicationInfo(height: Height(1), stateRoot: first.header.stateRoot))
      #expect(
        application.committedState().balance(of: .account(friend.account)).baseUnits == 1_000_001)
    }
  }

  @Test func `a block finalised without being seen before is executed then`() throws {
    let folders = try [TemporaryFolder(), TemporaryFolder()]
    let (block, header) = try withApplication(in: folders[0]) {
      application -> (ProposedBlock, BlockHeader) in
      let block = try application.prepareProposal(
        checked(application, sequences: [0, 1]), at: later
      ).block
      return (block, try application.finaliseBlock(block).header)
    }
    try withApplication(in: folders[1]) { application in
      let again = try application.finaliseBlock(block)
      #expect(again.header == header)
    }
  }

  @Test func `a block agreed on but not committed is committed at the next start`() async throws {
    let folder = try TemporaryFolder()
    let header = try withApplication(in: folder) { application -> BlockHeader in
      let block = try application.prepareProposal(
        checked(application, sequences: [0, 1]), at: later
      ).block
      try application.chain.log(block)
      // The process may end before or after this; it is not durable.
      return try application.finaliseBlock(block).header
    }
    try await withNode(in: folder) { node in
      let committed = try await node.status().header
      let block = try await node.block(at: Height(1))
      #expect(committed == header && block?.header == header)
      #expect(try await node.nextSequence(of: payer.account) == 2)
    }
  }

  @Test func `a list of transactions is checked on all cores, in order`() throws {
    try withApplication(in: TemporaryFolder()) { application in
      var list = (UInt64(0)..<150).map {
        transaction(transfer(1), by: payer, sequence: $0, chain: Genesis.test.chain)
      }
      list[77].signature = friend.sign([1])
      let results = application.checkTransactions(list.map(\.canonicalBytes))
      #expect(results.count == 150)
      for (index, result) in results.enumerated() {
        switch result {
        case .success(let checked): #expect(checked.transaction == list[index])
        case .failure(let rejection):
          #expect(index == 77 && rejection == .transaction(.badSignature))
        }
      }
    }
  }
}
