// Compile-time fence: in this target, whose results every machine must repeat bit for bit, these
// names don't exist. `Tests/TidyTests` guards what names can't.

@available(*, unavailable, message: "floating point differs between machines; use integers")
typealias Double = Never
@available(*, unavailable, message: "floating point differs between machines; use integers")
typealias Float = Never
@available(*, unavailable, message: "time comes in as data, in a message or a block")
typealias ContinuousClock = Never
@available(*, unavailable, message: "time comes in as data, in a message or a block")
typealias SuspendingClock = Never
@available(*, unavailable, message: "randomness comes in as a seed; use SeededGenerator")
typealias SystemRandomNumberGenerator = Never
