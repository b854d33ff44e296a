public import Primitives

/// What adapter and retrieved context each add to the likelihood of an answer: their Shapley values,
/// negative ones cut to zero.
///
/// There are two orders in which the two can be added to the base model; a value is the mean of what
/// its component adds in both. Doubled, it is an integer.
public struct ComponentValues: Hashable, Sendable {
  /// In half micro-nats.
  public let adapter: UInt128
  /// In half micro-nats.
  public let retrieval: UInt128

  public init(_ likelihoods: AnswerLikelihoods) {
    let (base, both) = (Int128(likelihoods.base), Int128(likelihoods.both))
    let (adapter, context) = (Int128(likelihoods.adapter), Int128(likelihoods.context))
    // Sums of four numbers of 64 bits: nothing overflows.
    self.adapter = UInt128(max(0, (adapter - base) + (both - context)))
    retrieval = UInt128(max(0, (context - base) + (both - adapter)))
  }

  /// Divides the contributors' pool; all of it is the adapter's if neither component adds anything.
  public func divide(_ pool: Amount) throws(ArithmeticError) -> (adapter: Amount, retrieval: Amount)
  {
    guard adapter > 0 || retrieval > 0 else { return (pool, .zero) }
    let parts = try splitByLargestRemainder(pool, weights: [adapter, retrieval])
    return (parts[0], parts[1])
  }
}
