import Testing

@testable import Telemetry

@Suite struct MetricSetTests {
  let requests = MetricFamily("r_total", .counter, labels: ["route", "status"], help: "Requests.")
  let waits = MetricFamily("w_seconds", .histogram(bounds: [0.5, 1, 2]), help: "Waits,\nin \\ s.")
  let open = MetricFamily("open", .gauge, help: "Open ones.")

  @Test func `what nobody counted is shown as zero`() {
    #expect(
      MetricSet([open, waits, requests]).text == """
        # HELP open Open ones.
        # TYPE open gauge
        open 0
        # HELP w_seconds Waits,\\nin \\\\ s.
        # TYPE w_seconds histogram
        w_seconds_bucket{le="0.5"} 0
        w_seconds_bucket{le="1"} 0
        w_seconds_bucket{le="2"} 0
        w_seconds_bucket{le="+Inf"} 0
        w_seconds_sum 0
        w_seconds_count 0
        # HELP r_total Requests.
        # TYPE r_total counter

        """)
  }

  @Test func `a histogram counts what is not above a bound`() {
    var set = MetricSet([waits])
    for value in [0.25, 0.5, 0.75, 2, 8] { set.observe(value, in: waits) }
    let lines = set.text.split(separator: "\n").dropFirst(2)
    #expect(
      Array(lines) == [
        #"w_seconds_bucket{le="0.5"} 2"#, #"w_seconds_bucket{le="1"} 3"#,
        #"w_seconds_bucket{le="2"} 4"#, #"w_seconds_bucket{le="+Inf"} 5"#,
        "w_seconds_sum 11.5", "w_seconds_count 5",
      ])
  }

  @Test func `series stand by their labels, which can't break out of their quotes`() {
    var set = MetricSet([requests])
    set.count(requests, ["/b", "200"])
    set.count(requests, ["/a\"\\\n", "404"], by: 2)
    set.count(requests, ["/b", "200"])
    #expect(
      Array(set.text.split(separator: "\n").dropFirst(2)) == [
        #"r_total{route="/a\"\\\n",status="404"} 2"#, #"r_total{route="/b",status="200"} 2"#,
      ])
  }

  @Test func `strangers can't grow a family`() {
    let small = MetricFamily("c", .counter, labels: ["l"], seriesBound: 3, help: "")
    var set = MetricSet([small])
    for number in 0..<1000 { set.count(small, ["\(number)"]) }
    set.count(small, ["1"])
    #expect(
      Array(set.text.split(separator: "\n").dropFirst(2)) == [
        #"c{l="0"} 1"#, #"c{l="1"} 2"#, #"c{l="2"} 1"#, #"c{l="other"} 997"#,
      ])
  }

  @Test func `a registry takes from many tasks at once`() async {
    let registry = MetricRegistry([open, requests])
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask { for _ in 0..<100 { registry.count(requests, ["/", "200"]) } }
      }
    }
    #expect(registry.text.contains(#"r_total{route="/",status="200"} 800"#))
  }
}
