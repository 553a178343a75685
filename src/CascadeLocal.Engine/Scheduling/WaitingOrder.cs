namespace CascadeLocal.Engine.Scheduling;

/// <summary>In what order requests wait: by priority, and among those of one priority each client's first, then each one's second, and so on.</summary>
internal static class WaitingOrder
{
    /// <summary>Where a request is put among those that wait in this order already.</summary>
    public static int PlaceOf(Sequence sequence, List<Sequence> waiting)
    {
        int first = waiting.FindIndex(other => other.Priority <= sequence.Priority);
        if (first < 0)
            return waiting.Count;
        int last = waiting.FindLastIndex(other => other.Priority >= sequence.Priority) + 1;
        int turn = 1;
        for (int i = first; i < last; i++)
            turn += waiting[i].Client == sequence.Client ? 1 : 0;

        Dictionary<string, int> turns = new(StringComparer.Ordinal);
        for (int i = first; i < last; i++)
        {
            string client = waiting[i].Client;
            turns[client] = turns.GetValueOrDefault(client) + 1;
            if (turns[client] > turn)
                return i;
        }

        return Math.Max(first, last);
    }
}
