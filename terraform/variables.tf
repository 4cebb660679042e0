variable "datacenter" {
  description = "Datacenter in vSphere."
  type        = string
}

variable "cluster" {
  description = "Compute cluster whose machines run the hosts."
  type        = string
}

variable "network" {
  description = "Port group that the hosts are in."
  type        = string
}

variable "template" {
  description = "Virtual machine template: Debian with cloud-init and open-vm-tools, reached by ssh."
  type        = string
}

variable "domain" {
  description = "Domain of the hosts' names."
  type        = string
  default     = "pl.ovh.local"
}

variable "gateway" {
  description = "IPv4 gateway of the network."
  type        = string
}

variable "prefix_length" {
  description = "Length of the network's prefix."
  type        = number
  default     = 24
}

variable "dns_servers" {
  description = "Name servers that the hosts ask."
  type        = list(string)
}

variable "datastores" {
  description = "Datastore by kind of disk: fast for hot data and Kafka, large for warm data, standard for the rest."
  type        = object({ fast = string, large = string, standard = string })
}

variable "groups" {
  description = <<-EOT
    Hosts by group of the inventory. A name is prefix and number (es-data03), numbers count up from first_number, addresses with them from
    first_address. Groups that share a prefix share its numbers: where the next one is taken, a free one goes into further (a sixth data
    node that is hot: further = [6]). `ops run add-node --terraform terraform` takes in what is new.
  EOT
  type = map(object({
    count         = number
    prefix        = string
    first_number  = optional(number, 1)
    further       = optional(list(number), [])
    network       = string
    first_address = number
    cpus          = number
    memory_mib    = number
    disk_gib      = number
    datastore     = string
  }))

  default = {
    es_master    = { count = 3, prefix = "es-master", network = "10.20.1.0/24", first_address = 11, cpus = 4, memory_mib = 16384, disk_gib = 100, datastore = "standard" }
    es_data_hot  = { count = 2, prefix = "es-data", network = "10.20.1.0/24", first_address = 21, cpus = 16, memory_mib = 65536, disk_gib = 4096, datastore = "fast" }
    es_data_warm = { count = 3, prefix = "es-data", first_number = 3, network = "10.20.1.0/24", first_address = 23, cpus = 8, memory_mib = 65536, disk_gib = 10240, datastore = "large" }
    es_coord     = { count = 2, prefix = "es-coord", network = "10.20.1.0/24", first_address = 41, cpus = 8, memory_mib = 32768, disk_gib = 100, datastore = "standard" }
    kafka        = { count = 3, prefix = "kafka", network = "10.20.1.0/24", first_address = 51, cpus = 8, memory_mib = 32768, disk_gib = 2048, datastore = "fast" }
    logstash     = { count = 2, prefix = "logstash", network = "10.20.1.0/24", first_address = 61, cpus = 8, memory_mib = 16384, disk_gib = 200, datastore = "standard" }
    kibana       = { count = 1, prefix = "kibana", network = "10.20.1.0/24", first_address = 71, cpus = 4, memory_mib = 8192, disk_gib = 50, datastore = "standard" }
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : contains(["fast", "large", "standard"], group.datastore)])
    error_message = "A datastore is fast, large or standard."
  }

  validation {
    condition = length(distinct(flatten([
      for group in values(var.groups) : [for number in concat(range(group.first_number, group.first_number + group.count), group.further) : "${group.prefix}${number}"]
      ]))) == sum([
      for group in values(var.groups) : group.count + length(group.further)
    ])
    error_message = "Two groups have a host of the same name: give one of them another number with further."
  }

  validation {
    condition = length(distinct(flatten([
      for group in values(var.groups) : [for number in concat(range(group.first_number, group.first_number + group.count), group.further) : cidrhost(group.network, group.first_address + number - group.first_number)]
      ]))) == sum([
      for group in values(var.groups) : group.count + length(group.further)
    ])
    error_message = "Two hosts have the same address: give one of their groups another first_address."
  }

  validation {
    condition     = try(var.groups["es_master"].count + length(var.groups["es_master"].further), 1) % 2 == 1
    error_message = "An even number of masters survives no more failures than one less."
  }
}
