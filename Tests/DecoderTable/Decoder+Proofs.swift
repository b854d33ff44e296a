internal import CanonicalCoding
internal import Cryptography
internal import ProtobufCoding

extension Decoder {
  /// Proofs, and the tree's own nodes.
  static let proofs: [Decoder] = [
    Decoder(
      "CommitmentProof", samples: commitments, read: { try CommitmentProof(bytes: $0) },
      fault: { $0.bytes == $1 ? nil : "it encodes to other bytes" }),
    Decoder("ProtobufReader", samples: commitments) { bytes in
      var reader = ProtobufReader(bytes)
      var count = 0
      while try reader.next() != nil { count += 1 }
      return count
    },
    .canonical(InclusionProof.self),
    .canonical(TreeNodeKey.self),
    .canonical(TreeValueKey.self),
    .canonical(StaleTreeParts.self),
    Decoder(
      "TreeNode", samples: nodes, read: { TreeNode(bytes: $0) },
      fault: { node, bytes in
        // Reads every place.
        _ = node.hash
        return node.bytes == bytes ? nil : "it keeps other bytes"
      }),
    Decoder(
      "PublicKey", samples: [[UInt8](repeating: 1, count: 32)], read: { PublicKey(bytes: $0) },
      fault: { $0.canonicalBytes == $1 ? nil : "it encodes to other bytes" }),
  ]

  private static let commitments = ["smt", "iavl", "tendermint"].flatMap { tree in
    ["exist_left", "nonexist_middle"].flatMap {
      TestData.hex("CryptographyTests/Vectors/ics23/\(tree)/\($0).json", member: "proof")
    }
  }

  private static let nodes: [[UInt8]] = [
    [0, 0, 0, 0],
    [0x80, 1, 0x80, 0] + [UInt8](repeating: 7, count: 72 + 40),
  ]
}
