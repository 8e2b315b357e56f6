-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Dissector of captured IPC channels (docs/capture.md):
--
--   tshark -X lua_script:twinrp.lua -r ckpt.pcapng
--
-- or put it and twinrp-tables.lua, which the build makes, into Wireshark's plugin folder.

local tables = require("twinrp-tables")

local VERSION, HEAD = 1, 24
local CKPT_HEAD, RECORD_HEAD, FIELD_HEAD = 21, 15, 3
local CKPT_MORE, CKPT_CONT = 1, 4
local MASKED, UNREAD = 1, 2
local OPS = { [1] = "upsert", [2] = "delete" }
local NEVER = Int64.new(0xffffffff, 0x7fffffff)
local INFO_RECORDS, INFO_LENGTH = 6, 160

-- ---- fields ----

local proto = Proto("twinrp", "twinrp IPC channel")
local all = {}

local function declare(maker, abbrev, ...)
	local field = maker("twinrp." .. abbrev, ...)

	table.insert(all, field)
	return field
end

local types, clients, records = {}, {}, {}
for number, message in pairs(tables.messages) do
	types[number] = message.name
end
for client, kinds in pairs(tables.records) do
	for number, kind in pairs(kinds) do
		clients[client] = kind.name:match("^[^/]*")
		records[client * 256 + number] = kind.name
	end
end

local f = {
	version = declare(ProtoField.uint8, "version", "Version"),
	type = declare(ProtoField.uint8, "type", "Type", base.DEC, types),
	from = declare(ProtoField.uint8, "from", "From", base.DEC, tables.slots),
	to = declare(ProtoField.uint8, "to", "To", base.DEC, tables.slots),
	flags = declare(ProtoField.uint8, "flags", "Flags", base.HEX),
	masked = declare(ProtoField.bool, "flags.masked", "Secrets overwritten", 8, nil, MASKED),
	unread = declare(ProtoField.bool, "flags.unread", "Could not be read", 8, nil, UNREAD),
	lost = declare(ProtoField.uint16, "lost", "Records lost before it"),
	boot = declare(ProtoField.uint64, "boot", "Boot id of the sender", base.HEX),
	term = declare(ProtoField.uint64, "term", "Term of the sender"),
	epoch = declare(ProtoField.uint32, "ckpt.epoch", "Epoch"),
	seq = declare(ProtoField.uint64, "ckpt.seq", "Transaction"),
	boot_to = declare(ProtoField.uint64, "ckpt.boot", "Boot id of the receiver", base.HEX),
	ckpt_flags = declare(ProtoField.uint8, "ckpt.flags", "Flags", base.HEX),
	more = declare(ProtoField.bool, "ckpt.flags.more", "More parts follow", 8, nil, CKPT_MORE),
	bulk = declare(ProtoField.bool, "ckpt.flags.bulk", "Of a bulk", 8, nil, 2),
	cont = declare(ProtoField.bool, "ckpt.flags.cont", "Not the first part", 8, nil, CKPT_CONT),
	part = declare(ProtoField.bytes, "ckpt.part", "Part of a transaction"),
	record = declare(ProtoField.string, "rec", "Record"),
	client = declare(ProtoField.uint8, "rec.client", "Client", base.DEC, clients),
	rec_type = declare(ProtoField.uint8, "rec.type", "Type"),
	op = declare(ProtoField.uint8, "rec.op", "Operation", base.DEC, OPS),
	key = declare(ProtoField.uint64, "rec.key", "Key"),
	length = declare(ProtoField.uint32, "rec.length", "Length"),
	line = declare(ProtoField.string, "rec.line", "Line"),
	data = declare(ProtoField.bytes, "data", "Data"),
}

local MAKERS = {
	u8 = ProtoField.uint8,
	u16 = ProtoField.uint16,
	u32 = ProtoField.uint32,
	u64 = ProtoField.uint64,
	bool = ProtoField.bool,
	ipv4 = ProtoField.ipv4,
	time = ProtoField.relative_time,
	str = ProtoField.string,
	bytes = ProtoField.bytes,
}
local SIZES = { u8 = 1, u16 = 2, u32 = 4, u64 = 8, bool = 1, ipv4 = 4, time = 8 }

local function declare_kind(prefix, kind)
	local name = prefix .. kind.name:gsub("/", "."):gsub("-", "_")

	for _, field in pairs(kind.fields) do
		field.proto = declare(MAKERS[field.kind], name .. "." .. field.name, field.name)
	end
end

for _, message in pairs(tables.messages) do
	declare_kind("", message)
end
for _, kinds in pairs(tables.records) do
	for _, kind in pairs(kinds) do
		declare_kind("rec.", kind)
	end
end

local malformed = ProtoExpert.new("twinrp.malformed", "Not as the program writes it",
	expert.group.MALFORMED, expert.severity.ERROR)
local incomplete = ProtoExpert.new("twinrp.incomplete", "Something is missing before it",
	expert.group.SEQUENCE, expert.severity.NOTE)

proto.fields = all
proto.experts = { malformed, incomplete }

-- ---- fields of messages and records ----

local function duration(range)
	local ns = range:int64()

	if ns == NEVER then
		return nil, "never"
	end
	return NSTime.new((ns / 1000000000):tonumber(), (ns % 1000000000):tonumber())
end

local function shown(field, range)
	local kind = field.kind

	if kind == "str" then
		return range:len() > 0 and '"' .. range:string() .. '"' or '""'
	elseif kind == "bytes" then
		return range:len() .. " octets"
	elseif kind == "ipv4" then
		return tostring(range:ipv4())
	elseif kind == "bool" then
		return range:uint() ~= 0 and "yes" or "no"
	elseif kind == "time" then
		local time, word = duration(range)

		return word or tostring(time) .. "s"
	elseif kind == "u64" and field.name:match("^boot") then
		return "0x" .. range:uint64():tohex()
	end
	return tostring(range:uint64())
end

local function add_value(tree, field, range)
	local time, word

	if field.kind ~= "time" then
		return tree:add(field.proto, range)
	end
	time, word = duration(range)
	if word then
		return tree:add(field.proto, range, NSTime.new(0, 0), field.name .. ": " .. word)
	end
	return tree:add(field.proto, range, time)
end

-- Returns "name=value ..." for the info column.
local function add_fields(tree, tvb, at, stop, fields)
	local words = {}

	while at < stop do
		local id = tvb(at, 1):uint()
		local size = at + FIELD_HEAD <= stop and tvb(at + 1, 2):uint() or 65536
		local field = fields[id]

		if at + FIELD_HEAD + size > stop then
			tree:add(f.data, tvb(at, stop - at)):add_proto_expert_info(malformed)
			break
		end
		at = at + FIELD_HEAD
		if not field then
			tree:add(f.data, tvb(at - FIELD_HEAD, FIELD_HEAD + size))
				:append_text(" (field " .. id .. " of another version)")
		elseif SIZES[field.kind] and SIZES[field.kind] ~= size then
			tree:add(f.data, tvb(at - FIELD_HEAD, FIELD_HEAD + size))
				:add_proto_expert_info(malformed)
		elseif size == 0 then
			tree:add(field.proto, tvb(at - FIELD_HEAD, FIELD_HEAD), "")
		elseif field.secret then
			tree:add(field.proto, tvb(at, size)):append_text(" (hidden)")
			table.insert(words, field.name .. "=<hidden>")
		else
			add_value(tree, field, tvb(at, size))
			table.insert(words, field.name .. "=" .. shown(field, tvb(at, size)))
		end
		at = at + size
	end
	return table.concat(words, " ")
end

-- ---- checkpoint transactions ----

local function add_lines(tree, tvb, at, stop)
	local from = at

	while at <= stop do
		if at == stop or tvb(at, 1):uint() == 10 then
			if at > from then
				tree:add(f.line, tvb(from, at - from))
			end
			from = at + 1
		end
		at = at + 1
	end
end

-- Tunnel and session, or tunnel and Ns, are one key.
local function key_text(client, range)
	local high, low = range(4, 2):uint(), range(6, 2):uint()

	if clients[client] == "l2tp" and high ~= 0 then
		return high .. "/" .. low
	end
	return tostring(range:uint64())
end

-- Returns where the next record begins and what to call this one; nothing if it is malformed.
local function add_record(tree, tvb, at)
	local left = tvb:len() - at
	local length = left >= RECORD_HEAD and tvb(at + 11, 4):uint() or 0
	local client, number, op, name, item, stop

	if left < RECORD_HEAD or length > left - RECORD_HEAD then
		tree:add(f.data, tvb(at)):add_proto_expert_info(malformed)
		return
	end
	client, number, op = tvb(at, 1):uint(), tvb(at + 1, 1):uint(), tvb(at + 2, 1):uint()
	stop = at + RECORD_HEAD + length
	name = (records[client * 256 + number] or client .. "/" .. number) .. " " ..
		key_text(client, tvb(at + 3, 8))
	if op ~= 1 then
		name = name .. " " .. (OPS[op] or "op " .. op)
	end
	item = tree:add(f.record, tvb(at, stop - at), name)
	item:add(f.client, tvb(at, 1))
	item:add(f.rec_type, tvb(at + 1, 1))
	item:add(f.op, tvb(at + 2, 1))
	item:add(f.key, tvb(at + 3, 8))
	item:add(f.length, tvb(at + 11, 4))
	if not OPS[op] then
		item:add_proto_expert_info(malformed)
	end
	at = at + RECORD_HEAD
	if clients[client] == "config" then
		add_lines(item, tvb, at, stop)
	elseif records[client * 256 + number] then
		local words = add_fields(item, tvb, at, stop,
			tables.records[client][number].fields)

		item:append_text(" " .. words)
	elseif at < stop then
		item:add(f.data, tvb(at, stop - at))
	end
	return stop, name
end

local function add_records(tree, tvb)
	local names, n, at = {}, 0, 0

	while at and at < tvb:len() do
		local name

		at, name = add_record(tree, tvb, at)
		if at then
			n = n + 1
			if n <= INFO_RECORDS then
				table.insert(names, name)
			end
		end
	end
	if n > INFO_RECORDS then
		table.insert(names, "...")
	end
	return string.format("(%d record%s: %s)", n, n == 1 and "" or "s",
		table.concat(names, ", "))
end

-- What to do with a frame is found out when it is seen first, in order; see plan_part().
local plans, open = {}, {}

function proto.init()
	plans, open = {}, {}
end

-- Joins the parts of a transaction.  WHOLE, PART (more follow), LAST (with all octets), TAIL
-- (its beginning was not captured), DARK (could not be read).
local function plan_part(way, head, flags, unread, lost, bytes)
	local cont, more = bit32.btest(flags, CKPT_CONT), bit32.btest(flags, CKPT_MORE)
	local sum = open[way]

	if not cont then
		sum = { head = head, bytes = bytes, dark = unread }
	elseif lost or not sum or sum.head ~= head then
		open[way] = nil
		return { what = "TAIL" }
	else
		sum.bytes:append(bytes)
		sum.dark = sum.dark or unread
	end
	open[way] = more and sum or nil
	if sum.dark then
		return { what = "DARK" }
	elseif more then
		return { what = "PART" }
	end
	return cont and { what = "LAST", bytes = sum.bytes } or { what = "WHOLE" }
end

local function add_ckpt(tree, tvb, pinfo, way, unread, lost)
	local flags, item, plan, text

	if tvb:len() < CKPT_HEAD then
		tree:add(f.data, tvb()):add_proto_expert_info(malformed)
		return "malformed"
	end
	flags = tvb(20, 1):uint()
	tree:add(f.epoch, tvb(0, 4))
	tree:add(f.seq, tvb(4, 8))
	tree:add(f.boot_to, tvb(12, 8))
	item = tree:add(f.ckpt_flags, tvb(20, 1))
	item:add(f.more, tvb(20, 1))
	item:add(f.bulk, tvb(20, 1))
	item:add(f.cont, tvb(20, 1))
	text = "txn " .. tostring(tvb(4, 8):uint64()) .. " "
	if tvb:len() == CKPT_HEAD then
		return text .. "(empty)"
	end
	if not plans[pinfo.number] then
		plans[pinfo.number] = plan_part(way, tostring(tvb(0, 20):bytes()), flags, unread,
			lost, tvb(CKPT_HEAD):bytes())
	end
	plan = plans[pinfo.number]
	if plan.what == "WHOLE" then
		return text .. add_records(tree, tvb(CKPT_HEAD):tvb())
	end
	item = tree:add(f.part, tvb(CKPT_HEAD))
	if plan.what == "LAST" then
		return text .. add_records(tree, plan.bytes:tvb("Transaction"))
	elseif plan.what == "PART" then
		return text .. "(part)"
	elseif plan.what == "TAIL" then
		item:add_proto_expert_info(incomplete)
		return text .. "(part; the beginning was not captured)"
	end
	return text .. "(not readable)"
end

-- ---- the record of a channel ----

local function add_head(tree, tvb)
	local item

	tree:add(f.version, tvb(0, 1))
	tree:add(f.type, tvb(1, 1))
	tree:add(f.from, tvb(2, 1))
	tree:add(f.to, tvb(3, 1))
	item = tree:add(f.flags, tvb(4, 1))
	item:add(f.masked, tvb(4, 1))
	item:add(f.unread, tvb(4, 1))
	item = tree:add(f.lost, tvb(6, 2))
	if tvb(6, 2):uint() > 0 then
		item:add_proto_expert_info(incomplete)
	end
	tree:add(f.boot, tvb(8, 8))
	tree:add(f.term, tvb(16, 8))
end

function proto.dissector(tvb, pinfo, root)
	local tree = root:add(proto, tvb())
	local number, from, to, flags, message, info, way

	pinfo.cols.protocol:set("TWINRP")
	if tvb:len() < HEAD or tvb(0, 1):uint() ~= VERSION then
		tree:add_proto_expert_info(malformed)
		pinfo.cols.info:set("not a record of version " .. VERSION)
		return
	end
	add_head(tree, tvb)
	number, flags = tvb(1, 1):uint(), tvb(4, 1):uint()
	from = tables.slots[tvb(2, 1):uint()] or "?"
	to = tables.slots[tvb(3, 1):uint()] or "?"
	way = from .. ">" .. to
	message = tables.messages[number]
	info = way .. " " .. (message and message.name or "type " .. number)
	pinfo.cols.src:set(from)
	pinfo.cols.dst:set(to)
	if message and message.name == "ckpt" then
		info = info .. " " .. add_ckpt(tree, tvb(HEAD):tvb(), pinfo, way,
			bit32.btest(flags, UNREAD), tvb(6, 2):uint() > 0)
	elseif message then
		info = info .. " " .. add_fields(tree, tvb, HEAD, tvb:len(), message.fields)
	elseif tvb:len() > HEAD then
		tree:add(f.data, tvb(HEAD))
	end
	if #info > INFO_LENGTH then
		info = info:sub(1, INFO_LENGTH - 3) .. "..."
	end
	pinfo.cols.info:set(info)
	tree:append_text(", " .. info)
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, proto)
