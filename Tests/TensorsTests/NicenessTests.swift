import Foundation
import Testing

@testable import Tensors

@Suite struct NicenessTests {
  @Test func `what comes too late to lower the priority says so`() throws {
    _ = try Tensor([Float(1), 2], shape: [2]).floats()
    #expect(!TensorRuntime.yieldToOthers())
  }
}
