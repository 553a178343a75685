using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>What must hold between two steps, whatever has happened.</summary>
internal static class Integrity
{
    public static void Check(
        ReadOnlySpan<Slot> slots, List<Sequence> waiting, List<Sequence> running, IKvCache kv, IKvMemory memory)
    {
        int owned = 0;
        foreach (Slot slot in slots)
        {
            Require(memory.MaxPosition(slot.Id) == slot.Length - 1, $"slot {slot.Id}: the KV cache ends at {memory.MaxPosition(slot.Id)}, not {slot.Length - 1}");
            Require(slot.Length == 0 || !memory.CanCut || memory.MinPosition(slot.Id) == 0, $"slot {slot.Id}: the KV cache does not begin at 0");
            if (slot.Owner is not { } owner)
                continue;
            owned++;
            Require(owner.Slot == slot, $"slot {slot.Id}: its owner is elsewhere");
            Require(owner.Pending >= 1, $"slot {slot.Id}: nothing left to evaluate");
            Require(owner.Known.StartsWith(slot.Cached), $"slot {slot.Id}: holds other tokens than its owner's");
            Require(running.Contains(owner), $"slot {slot.Id}: its owner does not run");
        }

        Require(owned == running.Count, $"{running.Count} sequences run in {owned} slots");
        foreach (Sequence sequence in waiting)
            Require(sequence.Slot is null && !running.Contains(sequence), "a waiting sequence has a slot");
        Require(kv.CellsUsed >= 0 && kv.CellsUsed <= kv.Cells, $"{kv.CellsUsed} of {kv.Cells} cells are in use");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new InvalidOperationException($"The scheduler's tables are broken: {message}.");
    }
}
