# What `ops run add-node --terraform` reads. README.md has the shape.
output "hosts" {
  description = "Every host: name, group of the inventory, address, and variables of its own."
  value = [
    for name, host in local.hosts : {
      name    = name
      group   = host.group
      address = vsphere_virtual_machine.host[name].default_ip_address
      vars    = {}
    }
  ]
}
