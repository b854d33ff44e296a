/// What a string's `format` allows, as an expression that matches the whole of it.
enum StringFormat {
  static let expressions: [String: String] = [
    "date": date, "time": time, "date-time": date + "T" + time,
    "duration": duration, "uuid": uuid, "ipv4": ipv4, "email": email, "hostname": hostname,
    "uri": uri,
  ]

  /// Days that exist: 29 February is one in leap years alone.
  private static let date =
    #"("# + #"[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"#
    + #"|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"#
    + #"|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29"# + #")"#

  private static let time =
    #"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"#

  private static let duration =
    #"P([0-9]+W|([0-9]+Y([0-9]+M([0-9]+D)?)?|[0-9]+M([0-9]+D)?|[0-9]+D)(T"# + clock + #")?|T"#
    + clock + #")"#
  private static let clock = #"([0-9]+H([0-9]+M([0-9]+S)?)?|[0-9]+M([0-9]+S)?|[0-9]+S)"#

  private static let uuid =
    #"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"#

  private static let byte = #"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"#
  private static let ipv4 = byte + #"(\."# + byte + #"){3}"#

  private static let label = #"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"#
  /// At most 131 characters, because at most three labels: no automaton this small counts to 253.
  private static let hostname = label + #"(\."# + label + #"){0,3}"#

  private static let atom = #"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,20}"#
  private static let email =
    atom + #"(\."# + atom + #"){0,2}@"# + label + #"(\."# + label + #"){1,3}"#

  private static let path = #"([a-zA-Z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*"#
  private static let uri =
    #"[a-zA-Z][a-zA-Z0-9+.-]*:(//[a-zA-Z0-9.-]+(:[0-9]{1,5})?)?(/"# + path + #")*"#
    + #"(\?([a-zA-Z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"#
    + #"(#([a-zA-Z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"#
}
