import ProtobufCoding
import Testing

@Suite struct ProtobufTests {
  @Test func `the documentation's examples have the documentation's bytes`() {
    // protobuf.dev, "Encoding": a field 1 of 150, and a field 2 of "testing".
    var writer = ProtobufWriter()
    writer.write(150, field: 1)
    writer.write(Array("testing".utf8), field: 2)
    #expect(writer.bytes == [0x08, 0x96, 0x01, 0x12, 0x07] + Array("testing".utf8))
  }

  @Test func `zero and nothing are left out, but an empty message is not`() {
    var writer = ProtobufWriter()
    writer.write(0, field: 1)
    writer.write([], field: 2)
    #expect(writer.bytes.isEmpty)
    writer.write(embedded: [], field: 3)
    #expect(writer.bytes == [0x1a, 0])
  }

  @Test(arguments: [0, 1, 127, 128, 16_383, 16_384, UInt64(1) << 63, .max])
  func `numbers are read as they were written`(number: UInt64) throws {
    var writer = ProtobufWriter()
    writer.append(varint: number)
    var reader = ProtobufReader(writer.bytes)
    #expect(try reader.varint() == number)
    #expect(try reader.next() == nil)
  }

  @Test func `fields of every kind are told apart`() throws {
    var reader = ProtobufReader([
      0x08, 5, 0x11, 1, 0, 0, 0, 0, 0, 0, 0, 0x1a, 1, 9, 0x25, 2, 0, 0, 0,
    ])
    var contents: [ProtobufField.Content] = []
    while let field = try reader.next() {
      contents.append(field.content)
      #expect(field.number == contents.count)
    }
    #expect(contents == [.varint(5), .fixed64(1), .bytes([9]), .fixed32(2)])
  }

  @Test(arguments: [
    ([0x08], ProtobufError.truncated), ([0x0a, 2, 1], .truncated), ([0x09, 1], .truncated),
    ([0x0b], .unknownKind), ([0x00, 1], .numberOutOfRange),
    ([0x08] + [UInt8](repeating: 255, count: 9) + [2], .numberOutOfRange),
    ([0x08] + [UInt8](repeating: 128, count: 10) + [1], .numberOutOfRange),
  ])
  func `bytes that are no message are refused`(bytes: [UInt8], error: ProtobufError) {
    #expect(throws: error) {
      var reader = ProtobufReader(bytes)
      while try reader.next() != nil {}
    }
  }
}
