using System.Text.Json;
using System.Text.Json.Serialization;

namespace MiniLstm.Model;

/// <summary>
/// Writes the members of an enumeration as names such as <c>lineFeed</c> and reads nothing but such names.
/// </summary>
/// <typeparam name="TEnum">The enumeration.</typeparam>
public sealed class CamelCaseEnumConverter<TEnum>()
    : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where TEnum : struct, Enum;
