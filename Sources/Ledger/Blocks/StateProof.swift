public import CanonicalCoding
public import Cryptography
public import Primitives

/// What a stranger needs to believe one entry of the state at one height, or its absence.
///
/// He trusts the digest of a header, because validators signed it or because he asked several; the
/// header commits to the root of the state's tree, and the proof leads from there to the entry.
public struct StateProof: Hashable, CanonicalCodable {
  static let keyMaximum = 1024
  static let proofMaximum = 1 << 26

  public var header: BlockHeader
  public var key: [UInt8]
  /// nil says that there is no such entry.
  public var value: [UInt8]?
  /// A `CommitmentProof` of ICS-23.
  public var proof: [UInt8]

  public init(header: BlockHeader, key: [UInt8], value: [UInt8]?, proof: [UInt8]) {
    self.header = header
    self.key = key
    self.value = value
    self.proof = proof
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(header)
    encoder.encode(bytes: key)
    encoder.encode(value != nil)
    if let value { encoder.encode(bytes: value) }
    encoder.encode(bytes: proof)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    header = try decoder.decode()
    key = try decoder.bytes(atMost: StateProof.keyMaximum)
    let isPresent: Bool = try decoder.decode()
    value = isPresent ? try decoder.bytes(atMost: StateEntry.byteMaximum) : nil
    proof = try decoder.bytes(atMost: StateProof.proofMaximum)
  }
}

/// Why a proof of the state is not believed.
public enum StateProofFault: Error, Equatable, Sendable {
  /// It is about another block than the trusted one.
  case otherHeader
  /// The header's state does not hold what the proof says.
  case notProved(CommitmentFault)
}

extension StateProofFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .otherHeader: "it belongs to another header than the trusted one"
    case .notProved(let fault):
      "its path does not lead to the header's state root (\(fault.rawValue))"
    }
  }
}

extension StateProof {
  /// Checks all of it from the digest of a header alone.
  public func verify(trusting digest: Digest) throws(StateProofFault) {
    guard header.digest == digest else { throw .otherHeader }
    do throws(CommitmentFault) {
      try CommitmentProof(bytes: proof)
        .verify(value, at: key, root: header.stateRoot.bytes, spec: .stateTree)
    } catch {
      throw .notProved(error)
    }
  }
}
