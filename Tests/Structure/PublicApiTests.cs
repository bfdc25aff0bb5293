using System.Reflection;
using System.Text;

namespace MiniLstm.Tests;

/// <summary>
/// The public API as a list under version control: a change of it is a diff that somebody reads. To accept a change, copy the file that the
/// failing test names over Tests/Structure/PublicApi.txt.
/// </summary>
public sealed class PublicApiTests
{
    private static readonly string[] _libraries = ["Engine", "Model", "Training", "Kernels"];

    [Test]
    public void PublicApi_IsTheListedOne()
    {
        string actual = Describe();
        string written = Path.Combine(AppContext.BaseDirectory, "PublicApi.txt");
        File.WriteAllText(written, actual);
        string expected = File.ReadAllText(Path.Combine(Repository.Root, "Tests", "Structure", "PublicApi.txt"));

        string[] added = [.. actual.Split('\n').Except(expected.Split('\n'))];
        string[] removed = [.. expected.Split('\n').Except(actual.Split('\n'))];
        Assert.That(
            actual,
            Is.EqualTo(expected),
            $"added:\n{string.Join('\n', added)}\nremoved:\n{string.Join('\n', removed)}\nthe new list is in {written}");
    }

    private static string Describe()
    {
        var text = new StringBuilder();
        foreach (string library in _libraries)
        {
            Assembly assembly = Assembly.Load($"MiniLstm.{library}");
            foreach (Type type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
            {
                text.Append(Describe(type)).Append('\n');
                foreach (string member in Members(type).Distinct().Order(StringComparer.Ordinal))
                    text.Append("    ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Describe(Type type)
    {
        string kind = type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct" : "class";
        string modifier = type.IsAbstract && type.IsSealed ? "static " : type.IsAbstract && !type.IsInterface ? "abstract " : "";
        return $"{modifier}{kind} {type.Namespace}.{Name(type)}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        const BindingFlags Declared =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (MemberInfo member in type.GetMembers(Declared))
        {
            switch (member)
            {
                case MethodInfo { IsSpecialName: false } method when IsVisible(method) && !method.Name.Contains('<'):
                    yield return $"{Static(method)}{Name(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})";
                    break;
                case MethodInfo method when IsVisible(method) && method.Name.StartsWith("op_", StringComparison.Ordinal):
                    yield return $"operator {Name(method.ReturnType)} {method.Name}({Parameters(method)})";
                    break;
                case ConstructorInfo constructor when IsVisible(constructor):
                    yield return $"new({Parameters(constructor)})";
                    break;
                case PropertyInfo property when property.GetAccessors(true).Any(IsVisible):
                    string accessors = string.Join(" ", property.GetAccessors(true).Where(IsVisible)
                        .Select(a => a.ReturnType == typeof(void) ? "set;" : "get;").Order(StringComparer.Ordinal));
                    yield return $"{Static(property.GetAccessors(true)[0])}{Name(property.PropertyType)} {property.Name} {{ {accessors} }}";
                    break;
                case FieldInfo { IsPublic: true, IsSpecialName: false } field:
                    yield return $"{Name(field.FieldType)} {field.Name}";
                    break;
                default:
                    break;
            }
        }
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Static(MethodBase method) => method.IsStatic ? "static " : "";

    private static string Generics(MethodInfo method) => method.IsGenericMethod
        ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>"
        : "";

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}"));

    private static string Name(Type type)
    {
        if (type.IsByRef)
            return $"ref {Name(type.GetElementType()!)}";
        if (type.IsArray)
            return $"{Name(type.GetElementType()!)}[]";
        string name = type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
        if (!type.IsGenericType)
            return name;
        int tick = name.IndexOf('`');
        string arguments = string.Join(", ", type.GetGenericArguments().Select(Name));
        return $"{(tick < 0 ? name : name[..tick])}<{arguments}>";
    }
}
