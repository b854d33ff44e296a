import Ledger
import Primitives
import Testing

@Suite struct DatanetRulesTests {
  @Test func `a datanet stands behind a bond and a licence with a name or a text`() throws {
    var chain = try TestChain()
    var create = Story.creation
    create.bond = tokens(2)
    #expect(
      try chain.rejection(of: .createDatanet(create), by: alice) == .datanet(.bondTooSmall))
    create.bond = tokens(3)
    for name in ["", "-MIT", "all rights reserved", "MIT OR BSD", "Apache\u{e9}"] {
      create.licence = .spdx(name)
      #expect(
        try chain.rejection(of: .createDatanet(create), by: alice)
          == .datanet(.licenceMalformed))
    }
    for licence in [Licence.spdx("GPL-2.0+"), .spdx("0BSD"), .custom(digest("terms"))] {
      create.licence = licence
      try chain.success(.createDatanet(create), by: alice)
    }
    #expect(chain.state.balance(of: .datanetBonds) == tokens(9))
  }

  @Test func `nobody becomes the owner where a curator's part of his is left`() throws {
    var story = try Story()
    let (datanet, account) = (story.datanet, carol.account)
    let role = { (role: DatanetRole) in GrantRole(datanet: datanet, account: account, role: role) }
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: datanet)), by: alice)
    let transfer = Message.transferDatanet(TransferDatanet(datanet: datanet, to: account))
    func isRefused() throws -> Bool {
      try story.chain.rejection(of: transfer, by: alice) == .datanet(.recipientIsCurator)
    }
    try story.chain.success(.grantRole(role(.curator)), by: alice)
    #expect(try isRefused())
    try story.chain.success(
      .bondCurator(BondCurator(datanet: datanet, amount: tokens(4))), by: carol)
    try story.chain.success(
      .revokeRole(RevokeRole(datanet: datanet, account: account, role: .curator)), by: alice)
    #expect(try isRefused())
    try story.chain.success(.unbondCurator(UnbondCurator(datanet: datanet)), by: carol)
    #expect(try isRefused())
    while story.chain.state.member(MemberName(datanet: datanet, account: account)).unbonding > .zero
    {
      try story.chain.pass(blocks: 1)
    }
    // Other roles are no hindrance, as they hide nothing and stand behind nothing.
    try story.chain.success(.grantRole(role(.trainer)), by: alice)
    try story.chain.success(transfer, by: alice)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a closed datanet takes nothing new, and its bond goes to its last owner`() throws {
    var story = try Story()
    let transfer = TransferDatanet(datanet: story.datanet, to: dave.account)
    #expect(
      try story.chain.rejection(of: .transferDatanet(transfer), by: bob) == .datanet(.notOwner))
    let close = Message.closeDatanet(CloseDatanet(datanet: story.datanet))
    // The bond stands behind alice's part of the held-out set.
    for message in [Message.transferDatanet(transfer), close] {
      #expect(
        try story.chain.rejection(of: message, by: alice) == .datanet(.heldOutStillHidden))
    }
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    try story.chain.success(close, by: alice)
    try story.chain.success(.transferDatanet(transfer), by: alice)
    #expect(try story.chain.rejection(of: close, by: alice) == .datanet(.notOwner))
    #expect(try story.chain.rejection(of: close, by: dave) == .datanet(.closed))
    let commit = CommitContribution(datanet: story.datanet, commitment: digest("late"))
    #expect(
      try story.chain.rejection(of: .commitContribution(commit), by: bob) == .datanet(.closed))
    let before = story.chain.state.balance(of: .account(dave.account))
    try story.chain.pass(blocks: 7)
    #expect(
      try story.chain.state.balance(of: .account(dave.account)).subtracting(before) == tokens(3))
    #expect(story.chain.state.balance(of: .datanetBonds) == .zero)
    // What was published stays in use.
    _ = try story.settledBatch(1...1)
  }

  @Test func `new terms bind new adapters and contributions alone`() throws {
    var story = try Story()
    let change = ChangeDatanetTerms(
      datanet: story.datanet, floorRateIn: tokens(1), floorRateOut: tokens(1),
      contributionDeposit: tokens(7), isOpen: true)
    #expect(
      try story.chain.rejection(of: .changeDatanetTerms(change), by: bob) == .datanet(.notOwner))
    try story.chain.success(.changeDatanetTerms(change), by: alice)
    let offer = PublishAdapter(
      run: story.run, name: "cheap", rateIn: Story.rateIn, rateOut: Story.rateOut)
    #expect(
      try story.chain.rejection(of: .publishAdapter(offer), by: alice)
        == .model(.rateBelowFloor))
    _ = try story.settledBatch(1...1)
    let commit = CommitContribution(datanet: story.datanet, commitment: digest("more"))
    try story.chain.success(.commitContribution(commit), by: bob)
    #expect(story.chain.state.balance(of: .contributionDeposits) == tokens(7))
  }

  @Test func `an owner takes no role in the own datanet`() throws {
    var story = try Story()
    let grant = GrantRole(datanet: story.datanet, account: alice.account, role: .curator)
    #expect(
      try story.chain.rejection(of: .grantRole(grant), by: alice) == .datanet(.ownerHasNoRole))
  }
}
