import Foundation
import Primitives

extension BlockTime {
  /// Date and time of day in UTC, for people.
  var spoken: String {
    let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    return date.formatted(
      .iso8601.year().month().day().dateTimeSeparator(.space)
        .time(includingFractionalSeconds: false))
  }
}
