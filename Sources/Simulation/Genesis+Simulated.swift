internal import Cryptography
internal import Ledger
internal import Primitives

extension Genesis {
  /// A chain whose windows are short, so that a history of some hundred blocks sees each of them end,
  /// and whose parameters differ from seed to seed.
  static func simulated(_ keys: [SigningKey], by random: inout SeededGenerator) -> Genesis {
    let validators = keys.prefix(5).map { key in
      GenesisValidator(
        publicKey: key.publicKey,
        claim: CreateValidator(
          consensusKey: World.key(by: &random).publicKey, name: "genesis", details: "",
          rate: .percent(UInt32(random.next(below: 20))), maximumRate: .percent(20),
          maximumStep: .percent(5), stake: Amount(thousandths: 5_000_000)))
    }
    return Genesis(
      name: "simulated", symbol: "SIM", time: BlockTime(milliseconds: 1_000_000_000),
      allocations: keys.map {
        Allocation(publicKey: $0.publicKey, amount: Amount(thousandths: 1_000_000_000))
      }.sorted { $0.publicKey < $1.publicKey },
      parameters: .simulated(by: &random),
      validators: validators.sorted { $0.publicKey < $1.publicKey })
  }
}

extension Amount {
  /// Thousandths of a token.
  init(thousandths: UInt64) {
    self.init(baseUnits: UInt128(thousandths) * 1_000_000_000_000_000)
  }
}

extension Window {
  /// A window about as long as this.
  static func about(
    seconds: UInt64, blocks: UInt64, by random: inout SeededGenerator
  ) -> Window {
    Window(
      milliseconds: seconds * 500 + random.next(below: seconds * 1000),
      blocks: max(1, blocks / 2 + random.next(below: blocks)))
  }
}

extension LedgerParameters {
  fileprivate static func simulated(by random: inout SeededGenerator) -> LedgerParameters {
    LedgerParameters(
      accounts: AccountParameters(
        minimumGasPrice: Amount(baseUnits: 1 + UInt128(random.next(below: 1_000_000_000))),
        blockGasMaximum: 25_000_000, nonceLifetime: 20_000 + random.next(below: 40_000),
        nonceMaximum: 5),
      datanets: DatanetParameters(
        minimumBond: Amount(thousandths: 3_000), minimumCuratorBond: Amount(thousandths: 4_000),
        curatorsRequired: 1 + UInt32(random.next(below: 2)),
        bondWindow: .about(seconds: 10, blocks: 5, by: &random),
        revealWindow: .about(seconds: 10, blocks: 5, by: &random),
        trainingWindow: .about(seconds: 200, blocks: 60, by: &random)),
      models: .simulated(by: &random),
      channels: ChannelParameters(closingWindow: .about(seconds: 8, blocks: 4, by: &random)),
      receipts: .simulated(by: &random), staking: .simulated(by: &random),
      governance: .simulated(by: &random), agents: .simulated(by: &random),
      disputes: .simulated(by: &random), subsidy: .simulated(by: &random))
  }
}

extension SubsidyParameters {
  static func simulated(by random: inout SeededGenerator) -> SubsidyParameters {
    SubsidyParameters(
      matchingShare: .percent(UInt32(random.next(below: 3))),
      epochWindow: .about(seconds: 60, blocks: 20, by: &random))
  }
}

extension ModelParameters {
  static func simulated(by random: inout SeededGenerator) -> ModelParameters {
    ModelParameters(
      minimumRunBond: Amount(thousandths: 5_000), minimumStake: Amount(thousandths: 1),
      priceNotice: .about(seconds: 6, blocks: 3, by: &random),
      retirementNotice: .about(seconds: 6, blocks: 3, by: &random),
      stakeEpoch: .about(seconds: 8, blocks: 4, by: &random),
      stakeUnbonding: .about(seconds: 40, blocks: 40, by: &random))
  }
}

extension ReceiptParameters {
  static func simulated(by random: inout SeededGenerator) -> ReceiptParameters {
    let treasury = 3 + UInt32(random.next(below: 4))
    return ReceiptParameters(
      platformFee: Amount(baseUnits: UInt128(random.next(below: 1_000_000))),
      split: FeeSplit(
        treasury: .percent(treasury), validators: .percent(10 - treasury), baseModel: .percent(5),
        adapterOwner: .percent(15), server: .percent(15), adapterStakers: .percent(5),
        contributors: .percent(50)),
      challengeWindow: .about(seconds: 60, blocks: 24, by: &random),
      auditRate: .percent(5 + UInt32(random.next(below: 5))),
      dustThreshold: Amount(baseUnits: UInt128(random.next(below: 1_000_000_000_000_000))),
      claimWindow: .about(seconds: 200, blocks: 80, by: &random))
  }
}

extension StakingParameters {
  static func simulated(by random: inout SeededGenerator) -> StakingParameters {
    StakingParameters(
      maximumValidators: 4 + UInt32(random.next(below: 4)), minimumSelfStake: VotingPower.unit,
      unbonding: .about(seconds: 60, blocks: 15, by: &random), maximumEntries: 2,
      maximumDelegations: 12, signedBlocksWindow: 10 + UInt32(random.next(below: 20)),
      minimumSigned: .percent(50), downtimeJail: .about(seconds: 10, blocks: 5, by: &random),
      doubleSignSlash: .percent(5 + UInt32(random.next(below: 96))),
      downtimeSlash: .percent(
        random.next(below: 10) == 0 ? 25 : 1 + UInt32(random.next(below: 10))),
      commissionWindow: .about(seconds: 20, blocks: 5, by: &random),
      terms: [
        StakeTerm(
          window: .about(seconds: 40, blocks: 10, by: &random),
          multiplier: RewardMultiplier(partsPerBillion: 1_250_000_000)),
        StakeTerm(
          window: .about(seconds: 90, blocks: 20, by: &random),
          multiplier: RewardMultiplier(partsPerBillion: 2_000_000_001)),
      ])
  }
}

extension GovernanceParameters {
  static func simulated(by random: inout SeededGenerator) -> GovernanceParameters {
    GovernanceParameters(
      initialDeposit: Amount(thousandths: 10_000), minimumDeposit: Amount(thousandths: 50_000),
      depositWindow: .about(seconds: 40, blocks: 12, by: &random),
      votingWindow: .about(seconds: 30, blocks: 20, by: &random),
      timelock: .about(seconds: 10, blocks: 4, by: &random),
      quorum: Share(partsPerBillion: 334_000_000), threshold: .percent(50),
      vetoShare: Share(partsPerBillion: 334_000_000), votingMaximum: 2, termsNotice: 20_000)
  }
}

extension AgentParameters {
  static func simulated(by random: inout SeededGenerator) -> AgentParameters {
    let oversight = Window.about(seconds: 30, blocks: 16, by: &random)
    return AgentParameters(
      minimumBond: Amount(thousandths: 4_000),
      budgetWindow: .about(seconds: 40, blocks: 12, by: &random), oversightWindow: oversight,
      servingWindow: .about(seconds: 20, blocks: 10, by: &random),
      retirementWindow: Window(
        milliseconds: oversight.milliseconds + random.next(below: 5_000),
        blocks: oversight.blocks + random.next(below: 3)),
      demandDeposit: Amount(thousandths: 1_000),
      contradictionSlash: .percent(UInt32(random.next(below: 101))),
      overspendingSlash: .percent(50), withholdingSlash: .percent(25), reporterShare: .percent(50))
  }
}

extension DisputeParameters {
  static func simulated(by random: inout SeededGenerator) -> DisputeParameters {
    DisputeParameters(
      answerWindow: .about(seconds: 20, blocks: 10, by: &random),
      drawWindow: Window(milliseconds: 1_000, blocks: 2),
      commitWindow: .about(seconds: 20, blocks: 14, by: &random),
      revealWindow: .about(seconds: 20, blocks: 14, by: &random),
      servingWindow: .about(seconds: 20, blocks: 10, by: &random),
      retirementWindow: .about(seconds: 20, blocks: 6, by: &random),
      disputeBond: Amount(thousandths: 10_000), demandDeposit: Amount(thousandths: 1_000),
      verifierBond: Amount(thousandths: 10_000), panelSize: 3, smallestPanel: 2,
      quorum: Share(partsPerBillion: 500_000_000),
      serverSlash: .percent(max(10, UInt32(random.next(below: 101)))),
      runSlash: .percent(max(10, UInt32(random.next(below: 101)))), agentSlash: .percent(50),
      absenceSlash: .percent(10), minoritySlash: .percent(20), winnerShare: .percent(40),
      panelShare: .percent(20))
  }
}
