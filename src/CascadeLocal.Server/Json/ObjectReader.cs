namespace CascadeLocal.Server.Json;

/// <summary>
/// Reads a JSON object key by key into a <typeparamref name="T"/>. A null value means absent; an unknown key is an error
/// that names the nearest known one.
/// </summary>
/// <param name="keys">What is known, and how each is read.</param>
/// <param name="kind">What an unknown key is said not to be.</param>
internal sealed class ObjectReader<T>(Dictionary<string, Func<T, JsonField, T>> keys, string kind = "a known setting")
{
    public IReadOnlyCollection<string> Keys => keys.Keys;

    public T Read(T initial, JsonField source)
    {
        T result = initial;
        foreach ((string key, JsonField value) in source.Members())
            result = ReadKey(result, key, value);
        return result;
    }

    public T ReadKey(T target, string key, JsonField value)
    {
        if (!keys.TryGetValue(key, out Func<T, JsonField, T>? read))
        {
            string hint = NearestName.Find(key, keys.Keys) is { } nearest ? $"; did you mean '{nearest}'?" : "";
            throw new JsonFieldException(value.Path, $"'{value.Path}' is not {kind}{hint}");
        }

        return value.IsNull ? target : read(target, value);
    }

    /// <summary>These keys and those of a part that is written flat into the same object.</summary>
    public ObjectReader<T> With<TPart>(ObjectReader<TPart> part, Func<T, TPart> get, Func<T, TPart, T> set)
    {
        Dictionary<string, Func<T, JsonField, T>> all = new(keys);
        foreach (string key in part.Keys)
            all.Add(key, (target, value) => set(target, part.ReadKey(get(target), key, value)));
        return new(all);
    }
}
