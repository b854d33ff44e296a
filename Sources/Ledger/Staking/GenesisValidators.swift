public import CanonicalCoding
public import Cryptography
internal import Primitives

/// A validator that stands from the first block on; its stake comes out of its own allocation.
public struct GenesisValidator: Hashable, CanonicalCodable {
  /// The operator's.
  public var publicKey: PublicKey
  public var claim: CreateValidator

  public init(publicKey: PublicKey, claim: CreateValidator) {
    self.publicKey = publicKey
    self.claim = claim
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(publicKey)
    encoder.encode(claim)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    publicKey = try decoder.decode()
    claim = try decoder.decode()
  }
}

extension Genesis {
  /// Creates the first validators by the rules that every later one follows.
  func createValidators(in state: inout LedgerState) throws(GenesisError) {
    guard validators.isStrictlySorted(by: \.publicKey) else { throw .validatorsUnsorted }
    for validator in validators {
      let context = BlockContext(
        chain: chain, parameters: parameters, height: .genesis, time: time, index: 0,
        signer: Identifier(validator.publicKey), ordering: .sequence(0))
      do {
        try state.apply(validator.claim, in: context)
      } catch {
        throw .validatorRejected(error)
      }
    }
    state.updateActiveSet(parameters.staking)
  }
}
