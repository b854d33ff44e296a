internal import Foundation
internal import Glibc

/// A client over HTTP on a thread of its own, so that what it uses of the processor is known and can be
/// taken off what its server uses in the same process.
struct LoopbackClient: Sendable {
  let port: UInt16

  struct Heard: Sendable {
    /// One text a request, head and all.
    var answers: [String] = []
    /// Of its thread.
    var processorSeconds = 0.0
  }

  /// Posts one body after another, a connection each, and reads every answer to its end.
  func post(_ requests: [(headers: String, body: [UInt8])]) async -> Heard {
    await withCheckedContinuation { continuation in
      let thread = Thread {
        let start = ProcessorClock.threadSeconds()
        var heard = Heard()
        for request in requests {
          heard.answers.append(String(decoding: exchange(request), as: UTF8.self))
        }
        heard.processorSeconds = ProcessorClock.threadSeconds() - start
        continuation.resume(returning: heard)
      }
      thread.start()
    }
  }

  /// Empty if nobody answers.
  private func exchange(_ request: (headers: String, body: [UInt8])) -> [UInt8] {
    let head =
      "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
      + "Content-Type: application/json\r\nContent-Length: \(request.body.count)\r\n"
      + request.headers + "\r\n"
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    guard connect(descriptor), send(Array(head.utf8) + request.body, on: descriptor) else {
      return []
    }
    var answer: [UInt8] = []
    while true {
      let piece = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
        filled = unsafe max(recv(descriptor, buffer.baseAddress, 4096, 0), 0)
      }
      guard !piece.isEmpty else { return answer }
      answer += piece
    }
  }

  private func connect(_ descriptor: Int32) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.connect(descriptor, $0, length) == 0
      }
    }
  }

  private func send(_ bytes: [UInt8], on descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = unsafe rest.withUnsafeBytes { buffer in
        unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }
}
