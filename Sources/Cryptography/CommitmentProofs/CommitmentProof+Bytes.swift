internal import ProtobufCoding

extension CommitmentProof {
  /// The protocol buffer of a `CommitmentProof`.
  public var bytes: [UInt8] {
    var writer = ProtobufWriter()
    switch self {
    case .existence(let proof): writer.write(embedded: proof.bytes, field: 1)
    case .nonexistence(let proof): writer.write(embedded: proof.bytes, field: 2)
    }
    return writer.bytes
  }

  /// Reads a proof from the only bytes it has.
  ///
  /// - Throws: `malformed` also for bytes that other readers would take, with fields unknown, out
  ///   of order or written though zero: nobody can make a second proof of one. `unsupported` for
  ///   batches.
  public init(bytes: [UInt8]) throws(CommitmentFault) {
    var reader = ProtobufReader(bytes)
    guard let field = try? reader.next(), let content = try? field.bytes() else {
      throw .malformed
    }
    do throws(ProtobufError) {
      switch field.number {
      case 1: self = .existence(try ExistenceProof(bytes: content))
      case 2: self = .nonexistence(try NonexistenceProof(bytes: content))
      default: throw .unknownKind
      }
    } catch {
      throw [3, 4].contains(field.number) ? .unsupported : .malformed
    }
    guard self.bytes == bytes else { throw .malformed }
  }

  static func varint(_ number: Int) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.append(varint: UInt64(number))
    return writer.bytes
  }

  /// Reads a number of the kind that IAVL trees put before their nodes: zigzag, then varint.
  static func signedVarint(_ reader: inout ProtobufReader) throws(ProtobufError) -> Int64 {
    let number = try reader.varint()
    return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
  }
}

extension ExistenceProof {
  fileprivate var bytes: [UInt8] {
    var writer = ProtobufWriter()
    writer.write(key, field: 1)
    writer.write(value, field: 2)
    if let leaf { writer.write(embedded: leaf.bytes, field: 3) }
    for step in path { writer.write(embedded: step.bytes, field: 4) }
    return writer.bytes
  }

  fileprivate init(bytes: ArraySlice<UInt8>) throws(ProtobufError) {
    self.init(key: [], value: [], leaf: nil, path: [])
    var reader = ProtobufReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: key = Array(try field.bytes())
      case 2: value = Array(try field.bytes())
      case 3: leaf = try LeafStep(bytes: field.bytes())
      case 4: path.append(try InnerStep(bytes: field.bytes()))
      default: break
      }
    }
  }
}

extension NonexistenceProof {
  fileprivate var bytes: [UInt8] {
    var writer = ProtobufWriter()
    writer.write(key, field: 1)
    if let left { writer.write(embedded: left.bytes, field: 2) }
    if let right { writer.write(embedded: right.bytes, field: 3) }
    return writer.bytes
  }

  fileprivate init(bytes: ArraySlice<UInt8>) throws(ProtobufError) {
    self.init(key: [], left: nil, right: nil)
    var reader = ProtobufReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: key = Array(try field.bytes())
      case 2: left = try ExistenceProof(bytes: field.bytes())
      case 3: right = try ExistenceProof(bytes: field.bytes())
      default: break
      }
    }
  }
}

extension LeafStep {
  fileprivate var bytes: [UInt8] {
    var writer = ProtobufWriter()
    writer.write(hash.rawValue, field: 1)
    writer.write(keyHash.rawValue, field: 2)
    writer.write(valueHash.rawValue, field: 3)
    writer.write(length.rawValue, field: 4)
    writer.write(prefix, field: 5)
    return writer.bytes
  }

  fileprivate init(bytes: ArraySlice<UInt8>) throws(ProtobufError) {
    var reader = ProtobufReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: hash = try HashOperation(field)
      case 2: keyHash = try HashOperation(field)
      case 3: valueHash = try HashOperation(field)
      case 4:
        guard let known = LengthOperation(rawValue: try field.integer()) else {
          throw .numberOutOfRange
        }
        length = known
      case 5: prefix = Array(try field.bytes())
      default: break
      }
    }
  }
}

extension InnerStep {
  fileprivate var bytes: [UInt8] {
    var writer = ProtobufWriter()
    writer.write(hash.rawValue, field: 1)
    writer.write(prefix, field: 2)
    writer.write(suffix, field: 3)
    return writer.bytes
  }

  fileprivate init(bytes: ArraySlice<UInt8>) throws(ProtobufError) {
    var reader = ProtobufReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1: hash = try HashOperation(field)
      case 2: prefix = Array(try field.bytes())
      case 3: suffix = Array(try field.bytes())
      default: break
      }
    }
  }
}

extension HashOperation {
  fileprivate init(_ field: ProtobufField) throws(ProtobufError) {
    guard let known = HashOperation(rawValue: try field.integer()) else {
      throw .numberOutOfRange
    }
    self = known
  }
}
