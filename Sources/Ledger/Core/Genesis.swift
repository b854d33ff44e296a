public import CanonicalCoding
public import Cryptography
public import Primitives

/// The subject of chain identifiers.
public enum Chain {}

/// Where a chain begins: every unit of its token is minted here, and none ever after.
public struct Genesis: Hashable, CanonicalCodable {
  public static let nameMaximum = 50
  public static let symbolMaximum = 10
  public static let allocationMaximum = 100_000

  public var name: String
  /// The token's, such as WHN.
  public var symbol: String
  public var time: BlockTime
  /// Strictly sorted by public key.
  public var allocations: [Allocation]
  public var parameters: LedgerParameters
  /// Who takes part from the first block on, if anyone; strictly sorted by account key.
  public var validators: [GenesisValidator]

  public init(
    name: String, symbol: String, time: BlockTime, allocations: [Allocation],
    parameters: LedgerParameters, validators: [GenesisValidator] = []
  ) {
    self.name = name
    self.symbol = symbol
    self.time = time
    self.allocations = allocations
    self.parameters = parameters
    self.validators = validators
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text: name)
    encoder.encode(text: symbol)
    encoder.encode(time)
    encoder.encode(list: allocations)
    encoder.encode(parameters)
    encoder.encode(list: validators)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    name = try decoder.text(atMost: Genesis.nameMaximum)
    symbol = try decoder.text(atMost: Genesis.symbolMaximum)
    time = try decoder.decode()
    allocations = try decoder.list(atMost: Genesis.allocationMaximum)
    parameters = try decoder.decode()
    validators = try decoder.list(atMost: ConsensusReport.validatorMaximum)
  }
}

/// What one key holds at genesis.
public struct Allocation: Hashable, CanonicalCodable {
  public var publicKey: PublicKey
  public var amount: Amount

  public init(publicKey: PublicKey, amount: Amount) {
    self.publicKey = publicKey
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(publicKey)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    publicKey = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// What the state says of its own chain.
public struct ChainRecord: Hashable, CanonicalCodable {
  public var id: Identifier<Chain>
  public var name: String
  public var symbol: String
  /// The sum of all balances, at every height.
  public var supply: Amount

  public init(id: Identifier<Chain>, name: String, symbol: String, supply: Amount) {
    self.id = id
    self.name = name
    self.symbol = symbol
    self.supply = supply
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(id)
    encoder.encode(text: name)
    encoder.encode(text: symbol)
    encoder.encode(supply)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    id = try decoder.decode()
    name = try decoder.text(atMost: Genesis.nameMaximum)
    symbol = try decoder.text(atMost: Genesis.symbolMaximum)
    supply = try decoder.decode()
  }
}

/// Why a genesis can't start a chain.
public enum GenesisError: Error, Equatable, Sendable {
  /// A share or window of the parameters is out of bounds.
  case parametersOutOfBounds
  /// The time leaves no room for blocks.
  case timeOutOfBounds
  /// The allocations are not strictly sorted by public key.
  case allocationsUnsorted
  /// The validators are not strictly sorted by account key.
  case validatorsUnsorted
  /// The rules refuse a validator: its key is used twice, or its account holds too little.
  case validatorRejected(Rejection)
  /// The supply exceeds ``Genesis/supplyMaximum``.
  case supplyTooLarge
}

extension Genesis {
  /// 2⁹⁶ − 1 base units, about 79 times the default supply: totals of what moved never overflow
  /// before four billion moves of everything there is.
  public static let supplyMaximum = Amount(baseUnits: (1 << 96) - 1)

  /// The chain that begins here: no two chains share it, whatever their names.
  public var chain: Identifier<Chain> {
    Identifier(Digest(domain: "whence/genesis", hashing: self))
  }

  /// Returns the state before the first block.
  func initialState() throws(GenesisError) -> [StateWrite] {
    guard parameters.isWithinBounds else { throw .parametersOutOfBounds }
    guard time < .latest else { throw .timeOutOfBounds }
    var state = LedgerState(over: InMemoryState())
    var supply = Amount.zero
    var previous: PublicKey?
    for allocation in allocations {
      if let previous, allocation.publicKey <= previous { throw .allocationsUnsorted }
      previous = allocation.publicKey
      guard let sum = try? supply.adding(allocation.amount), sum <= Genesis.supplyMaximum else {
        throw .supplyTooLarge
      }
      supply = sum
      state.mint(allocation.amount, to: .account(Identifier(allocation.publicKey)))
    }
    state.set(.chain, to: ChainRecord(id: chain, name: name, symbol: symbol, supply: supply))
    state.set(.parameters, to: parameters)
    try createValidators(in: &state)
    return state.overlay.writes
  }
}

extension StateReader {
  /// What genesis wrote of the chain.
  public var chainRecord: ChainRecord? { record(.chain) }
}

extension StateKey {
  public static var chain: StateKey<ChainRecord> { .init(.chain, UInt8(0)) }
}
