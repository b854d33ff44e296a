import OpenLoRA
import RunKit
import Testing

@Suite struct ServingFailureTests {
  @Test func `a failure begins with its stable code`() {
    let failure = ServingFailure(.wrongBaseModel, "it was trained on another file")
    #expect(failure.description == "wrong_base_model: it was trained on another file")
  }
}
