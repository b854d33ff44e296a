import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import Ledger
import Networking
import Node
import NodeHTTP
import Primitives

/// One client that asks again and again, and behaves as its seed says.
actor SoakStream {
  private enum Behaviour {
    case reads, readsWhole, leaves, stalls, sendsJunk, ordersTwice
  }

  private let signer: PayerSigner
  private let model: ModelListing
  private let books: SoakBooks
  private var random: SeededGenerator
  private var number: UInt64
  /// The last order and its request.
  private var last: PaidRequest?

  init(
    signer: PayerSigner, model: ModelListing, firstNumber: UInt64, books: SoakBooks, seed: UInt64
  ) {
    self.signer = signer
    self.model = model
    self.books = books
    random = SeededGenerator(seed: seed)
    number = firstNumber
  }

  /// Asks until it is cancelled; a server that is away is waited for.
  func run(base: @escaping @Sendable () -> String) async {
    while !Task.isCancelled {
      let address = base()
      guard let port = URL(string: address)?.port.map(UInt16.init) else { return }
      switch behaviour() {
      case .reads: await ask(at: address, isStreaming: true, leavingAfter: nil)
      case .readsWhole: await ask(at: address, isStreaming: false, leavingAfter: nil)
      case .leaves:
        await ask(at: address, isStreaming: true, leavingAfter: 1 + Int(random.next(below: 6)))
      case .stalls: await stall(port: port)
      case .sendsJunk: await sendJunk(port: port)
      case .ordersTwice: await orderTwice(at: address)
      }
      try? await Task.sleep(for: .milliseconds(Int(random.next(below: 400))))
    }
  }

  private func behaviour() -> Behaviour {
    switch random.next(below: 100) {
    case 0..<60: .reads
    case 60..<66: .readsWhole
    case 66..<80: .leaves
    case 80..<88: .stalls
    case 88..<96: .sendsJunk
    default: .ordersTwice
    }
  }

  /// Nil, and a fault in the books, if it can't be signed.
  private func request(isStreaming: Bool) -> PaidRequest? {
    let words = ["ledger", "receipt", "adapter", "channel", "escrow", "validator", "datanet"]
    let body = ChatRequest(
      model: model.name,
      messages: [
        .init(
          role: .user,
          content: "What is a \(words[Int(random.next(below: UInt64(words.count)))])?")
      ],
      maximumTokens: UInt32(4 + random.next(below: 21)),
      sampling: ChatSampling(temperature: 1000, seed: random.next() >> 1),
      isStreaming: isStreaming
    ).body
    let salt = Entropy.digest()
    defer { number += 1 }
    let expiry = BlockTime(milliseconds: BlockTime.now().milliseconds + 1_800_000)
    guard
      let order = try? signer.order(
        for: body, model: model, number: number, salt: salt, expiry: expiry)
    else {
      books.wrong("an order could not be signed")
      return nil
    }
    books.open(order.order)
    return PaidRequest(body: body, order: order, salt: salt)
  }

  private func ask(at base: String, isStreaming: Bool, leavingAfter count: Int?) async {
    guard let paid = request(isStreaming: isStreaming), let order = paid.order?.order else {
      return
    }
    let books = books
    let asking = Task {
      try await HTTPInferenceClient(base: base).complete(paid) { piece in
        if case .text(let text, _) = piece, !text.isEmpty, isStreaming { books.piece(of: order) }
      }
    }
    if let count {
      // Leaves once enough has come, or in a while.
      for _ in 0..<200 where (books.all[order.signedDigest]?.pieces ?? 0) < count {
        try? await Task.sleep(for: .milliseconds(50))
      }
      asking.cancel()
    }
    switch await outcome(of: asking) {
    case .success(let completion):
      last = paid
      books.end(of: order, tokensOut: completion.tokensOut, fee: completion.fee)
    case .failure(let error):
      if count != nil || Task.isCancelled {
        books.count { $0.left += 1 }
      } else {
        await heard((error as? InferenceFailure)?.code)
      }
    }
  }

  /// Waits for an answer, and gives it up if this client is to end.
  private func outcome(
    of asking: Task<ChatCompletion, any Error>
  ) async -> Result<ChatCompletion, any Error> {
    await withTaskCancellationHandler {
      await asking.result
    } onCancel: {
      asking.cancel()
    }
  }

  /// Takes a refusal; what means "later" or "gone" is waited out.
  private func heard(_ code: InferenceFailure.Code?) async {
    switch code {
    case .overloaded?:
      books.refuse("overloaded")
      try? await Task.sleep(for: .milliseconds(500 + Int(random.next(below: 1500))))
    case .unreachable?, .unavailable?:
      books.refuse("cut_off")
      try? await Task.sleep(for: .milliseconds(500 + Int(random.next(below: 1500))))
    case let code?: books.wrong("an honest request was refused: \(code.rawValue)")
    case nil: books.wrong("an honest request failed without a code")
    }
  }

  /// Sends an order that was answered once more: it must be refused, and not be paid again.
  private func orderTwice(at base: String) async {
    guard let last else { return }
    let repeated = last
    // A task's result: Swift 6.3.1 may lose its way out of a typed error that is caught here.
    let asking = Task { try await HTTPInferenceClient(base: base).complete(repeated) { _ in } }
    switch await outcome(of: asking) {
    case .success: books.wrong("an order was answered twice")
    case .failure(let error):
      let code = (error as? InferenceFailure)?.code
      switch code {
      case .orderUsed?: books.refuse("order_used")
      case .overloaded?, .unreachable?, .unavailable?: await heard(code)
      default:
        guard !Task.isCancelled else { return }
        books.wrong("a repeated order was refused as \(code?.rawValue ?? "\(error)")")
      }
    }
  }

  // MARK: - Clients that don't behave

  private func head(_ paid: PaidRequest, port: UInt16) -> [UInt8] {
    var text = "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
    text += "Content-Type: application/json\r\nContent-Length: \(paid.body.count)\r\n"
    if let order = paid.order { text += "Whence-Order: \(order.canonicalBytes.hex)\r\n" }
    if let salt = paid.salt { text += "Whence-Salt: \(salt)\r\n" }
    return Array((text + "\r\n").utf8)
  }

  /// Reads the first piece of an answer and then nothing for a while.
  private func stall(port: UInt16) async {
    guard let paid = request(isStreaming: true) else { return }
    let bytes = head(paid, port: port) + paid.body
    let seconds = 5 + Int(random.next(below: 30))
    let readsOn = random.next(below: 2) == 0
    await onOwnThread {
      guard let connection = RawConnection(port: port), connection.send(bytes) else { return }
      _ = connection.receive(atMost: 64)
      Thread.sleep(forTimeInterval: TimeInterval(seconds))
      if readsOn { _ = connection.receiveAll() }
    }
    books.count { $0.stalled += 1 }
  }

  private func sendJunk(port: UInt16) async {
    let kind = random.next(below: 5)
    let noise = (0..<(1 + random.next(below: 2000))).map { _ in UInt8(random.next(below: 256)) }
    let seconds = Int(random.next(below: 20))
    let head = Array("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n".utf8)
    await onOwnThread {
      guard let connection = RawConnection(port: port) else { return }
      switch kind {
      case 0: _ = connection.send(noise)
      case 1:
        // Half a request, and then silence.
        _ = connection.send(head)
        Thread.sleep(forTimeInterval: TimeInterval(seconds))
      case 2: _ = connection.send(head + Array("Content-Length: 1000000\r\n\r\n".utf8) + noise)
      case 3:
        _ = connection.send(
          head + Array("Content-Length: \(noise.count)\r\nConnection: close\r\n\r\n".utf8) + noise)
        _ = connection.receive()
      default:
        _ = connection.send(
          head + Array("Whence-Order: \(noise.hex)\r\nContent-Length: 2\r\n\r\n{}".utf8))
        _ = connection.receive()
      }
    }
    books.count { $0.junk += 1 }
  }
}
