import ClientAPI
import Ledger
import Primitives
import RunKit
import Testing

@testable import OpenLoRA

/// A server that is asked for more than it can attribute.
@Suite struct AttributionBacklogTests {
  private func paid(
    _ number: UInt64, in world: World, expiringIn seconds: UInt64,
    on channel: Identifier<Channel>? = nil
  ) -> PaidRequest {
    let body = world.body()
    let order = world.order(number, for: body) {
      $0.expiry = BlockTime(milliseconds: 1_000_000 + 1000 * seconds)
      if let channel { $0.channel = channel }
    }
    return PaidRequest(body: body, order: order, salt: World.salt)
  }

  @Test
  func `an order that would expire before its answer is attributed is refused, and keeps nothing`()
    async throws
  {
    let world = try await World()
    let server = try world.server()
    // A hundred seconds are enough behind nobody.
    _ = try await server.complete(paid(1, in: world, expiringIn: 100)) { _ in }
    await server.attribute(oneIn: .seconds(100))
    let before = try await world.everything()
    do throws(InferenceFailure) {
      _ = try await server.complete(paid(2, in: world, expiringIn: 100)) { _ in }
      Issue.record("answered")
    } catch {
      #expect(error.code == .overloaded, "\(error)")
    }
    #expect(try await world.everything() == before)
    // One that lasts is taken, and so is the first's like once nothing waits any more.
    _ = try await server.complete(paid(2, in: world, expiringIn: 200)) { _ in }
    let third = paid(3, in: world, expiringIn: 100)
    try await world.settling(server) {
      _ = try await eventually { try world.unsettled().isEmpty ? true : nil }
      _ = try await server.complete(third) { _ in }
      _ = try await world.receipt(try #require(third.order), from: server)
    }
    #expect(world.troubles.all.isEmpty)
  }

  @Test func `an answer may take as long as its order leaves beside those that wait`() {
    var pace = AttributionPace()
    #expect(pace.needed(behind: 0) == .seconds(30))
    for _ in 0..<60 { pace.record(.seconds(3)) }
    #expect(pace.each > .milliseconds(2_990) && pace.each < .milliseconds(3_000))
    let needed = pace.needed(behind: 63)
    #expect(needed > .seconds(390) && needed < .seconds(395))
    let order = Order(
      chain: Identifier(.zero), channel: Identifier(.zero), number: 1, request: .zero,
      adapter: Identifier(.zero), rateIn: .zero, rateOut: .zero, terms: .zero, maximumFee: .zero,
      nonce: .zero, expiry: BlockTime(milliseconds: 400_000), isPublic: false)
    func left(_ now: UInt64, _ kept: Duration) -> Duration {
      OrderDesk.timeLeft(of: order, at: BlockTime(milliseconds: now), keeping: kept)
    }
    #expect(left(0, .seconds(30)) == .seconds(370))
    #expect(left(390_000, .seconds(30)) == .zero && left(500_000, .seconds(30)) == .zero)
  }

  @Test func `what expires first is attributed first`() async throws {
    let world = try await World()
    let other = try await world.ledger.open(World.deposit, for: host)
    let server = try world.server()
    _ = try await server.complete(paid(1, in: world, expiringIn: 900)) { _ in }
    _ = try await server.complete(paid(2, in: world, expiringIn: 300)) { _ in }
    _ = try await server.complete(paid(1, in: world, expiringIn: 500, on: other)) { _ in }
    let order = await server.waitingByUrgency.map(\.value)
    #expect(order.map(\.expiry.milliseconds) == [1_300_000, 1_500_000, 1_900_000])
    // A channel's lower number still settles before its higher one.
    try await world.settling(server) {
      _ = try await eventually { try world.unsettled().isEmpty ? true : nil }
    }
    #expect(world.troubles.all.isEmpty)
  }
}

extension InferenceServer {
  fileprivate func attribute(oneIn duration: Duration) { attributionPace.record(duration) }
}
