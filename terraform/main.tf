# The machines of the platform. What is on them is the business of `ops run deploy` and `ops run add-node`.

data "vsphere_datacenter" "this" {
  name = var.datacenter
}

data "vsphere_compute_cluster" "this" {
  name          = var.cluster
  datacenter_id = data.vsphere_datacenter.this.id
}

data "vsphere_datastore" "this" {
  for_each      = var.datastores
  name          = each.value
  datacenter_id = data.vsphere_datacenter.this.id
}

data "vsphere_network" "this" {
  name          = var.network
  datacenter_id = data.vsphere_datacenter.this.id
}

data "vsphere_virtual_machine" "template" {
  name          = var.template
  datacenter_id = data.vsphere_datacenter.this.id
}

locals {
  # One entry a host, by name: a higher count adds entries and touches no other.
  hosts = merge([
    for group, spec in var.groups : {
      for number in concat(range(spec.first_number, spec.first_number + spec.count), spec.further) :
      format("%s%02d", spec.prefix, number) => {
        group   = group
        address = cidrhost(spec.network, spec.first_address + number - spec.first_number)
        spec    = spec
      }
    }
  ]...)
}

resource "vsphere_virtual_machine" "host" {
  for_each = local.hosts

  name             = each.key
  resource_pool_id = data.vsphere_compute_cluster.this.resource_pool_id
  datastore_id     = data.vsphere_datastore.this[each.value.spec.datastore].id
  guest_id         = data.vsphere_virtual_machine.template.guest_id
  firmware         = data.vsphere_virtual_machine.template.firmware
  num_cpus         = each.value.spec.cpus
  memory           = each.value.spec.memory_mib
  # A heap that is swapped out by the hypervisor stops the node for seconds.
  memory_reservation = each.value.spec.memory_mib

  network_interface {
    network_id = data.vsphere_network.this.id
  }

  disk {
    label            = "system"
    size             = data.vsphere_virtual_machine.template.disks[0].size
    thin_provisioned = true
  }

  disk {
    label       = "data"
    size        = each.value.spec.disk_gib
    unit_number = 1
  }

  clone {
    template_uuid = data.vsphere_virtual_machine.template.id

    customize {
      linux_options {
        host_name = each.key
        domain    = var.domain
      }

      network_interface {
        ipv4_address = each.value.address
        ipv4_netmask = var.prefix_length
      }

      ipv4_gateway    = var.gateway
      dns_server_list = var.dns_servers
    }
  }

  lifecycle {
    # The disk holds data: a host is taken out by `ops run remove-node` first, and only then by hand from here.
    prevent_destroy = true
    ignore_changes  = [clone]
  }
}

# Hosts of one group that hold copies of the same data never run on one machine.
resource "vsphere_compute_cluster_vm_anti_affinity_rule" "apart" {
  for_each = { for group, spec in var.groups : group => spec if spec.count + length(spec.further) > 1 }

  name                = "elk-${each.key}"
  compute_cluster_id  = data.vsphere_compute_cluster.this.id
  virtual_machine_ids = [for name, host in local.hosts : vsphere_virtual_machine.host[name].id if host.group == each.key]
}
