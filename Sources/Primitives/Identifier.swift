/// The name of one `Subject` on the ledger: a digest that can't be taken for another subject's.
public struct Identifier<Subject>: Hashable, Comparable, Sendable {
  public let digest: Digest

  @inlinable
  public init(_ digest: Digest) { self.digest = digest }

  @inlinable
  public static func < (lhs: Self, rhs: Self) -> Bool { lhs.digest < rhs.digest }
}

extension Identifier: CustomStringConvertible {
  public var description: String { digest.description }
}

/// A block's number; the first block is 1, and 0 is genesis.
public struct Height: Hashable, Comparable, Sendable {
  public let number: UInt64

  public static let genesis = Height(0)

  @inlinable
  public init(_ number: UInt64) { self.number = number }

  public var next: Height { Height(number + 1) }

  @inlinable
  public static func < (lhs: Height, rhs: Height) -> Bool { lhs.number < rhs.number }
}

/// A moment as block headers carry it: milliseconds since 1970-01-01 00:00 UTC.
public struct BlockTime: Hashable, Comparable, Sendable {
  public let milliseconds: UInt64

  @inlinable
  public init(milliseconds: UInt64) { self.milliseconds = milliseconds }

  @inlinable
  public static func < (lhs: BlockTime, rhs: BlockTime) -> Bool {
    lhs.milliseconds < rhs.milliseconds
  }
}
