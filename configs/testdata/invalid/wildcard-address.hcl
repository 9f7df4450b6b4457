collector {
  addresses = ["10.0.0.5:7443", "[::]:7443"] # WANT addresses is "[::]:7443", want an address and a port that other machines reach
}
